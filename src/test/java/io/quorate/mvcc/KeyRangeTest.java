package io.quorate.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import org.junit.jupiter.api.Test;

class KeyRangeTest {
  private static KeyRange request(String key, String end) {
    return KeyRange.ofRequest(StoreScript.bytes(key), StoreScript.bytes(end));
  }

  private static boolean holds(KeyRange range, String key) {
    return range.contains(StoreScript.bytes(key));
  }

  @Test
  void meansOneKeyWhenThereIsNoEnd() {
    KeyRange range = request("a", "");
    assertThat(range).isEqualTo(KeyRange.single(Bytes.utf8("a")));
    assertThat(range.isSingle()).isTrue();
    assertThat(holds(range, "a")).isTrue();
    assertThat(holds(range, "a\\x00")).isFalse();
    assertThat(holds(range, "A")).isFalse();
  }

  @Test
  void meansEverythingFromTheKeyOnWhenTheEndIsZero() {
    KeyRange range = request("b", "\\x00");
    assertThat(range.to()).isNull();
    assertThat(range.isSingle()).isFalse();
    assertThat(holds(range, "a\\xff")).isFalse();
    assertThat(holds(range, "b")).isTrue();
    assertThat(holds(range, "\\xff\\xff")).isTrue();
    assertThat(holds(request("\\x00", "\\x00"), "\\x00")).isTrue();
  }

  @Test
  void excludesItsEnd() {
    KeyRange range = request("a", "c");
    assertThat(holds(range, "a")).isTrue();
    assertThat(holds(range, "b\\xff")).isTrue();
    assertThat(holds(range, "c")).isFalse();
  }

  @Test
  void holdsNothingWhenTheEndIsNotAboveTheKey() {
    for (KeyRange range : new KeyRange[] {request("b", "a"), request("b", "b")}) {
      assertThat(range.isSingle()).isFalse();
      for (String key : new String[] {"a", "aa", "b", "c"}) {
        assertThat(holds(range, key)).isFalse();
      }
    }
  }

  @Test
  void isSingleHoweverItIsSpelled() {
    assertThat(request("a", "a\\x00").isSingle()).isTrue();
    assertThat(request("a", "b").isSingle()).isFalse();
    assertThat(request("a", "a\\x01").isSingle()).isFalse();
    assertThat(request("a", "b\\x00").isSingle()).isFalse();
    assertThat(request("a", "a\\x00\\x00").isSingle()).isFalse();
    // An end of two zeros is a key as any other.
    assertThat(request("\\x00", "\\x00\\x00").isSingle()).isTrue();
  }

  @Test
  void comparesBytesUnsigned() {
    assertThat(holds(request("\\x7f", "\\xff"), "\\x80")).isTrue();
    assertThat(holds(request("\\x80", "\\x00"), "\\x7f")).isFalse();
  }
}
