package io.quorate.client.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.client.Change;
import io.quorate.client.KeyValue;
import io.quorate.client.WatchSignal;
import io.quorate.client.recipe.Cache.Snapshot;
import io.quorate.client.recipe.Cache.Standing;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CacheCoreTest {
  private final CacheCore core = new CacheCore();

  private static KeyValue kv(String key, long revision) {
    return new KeyValue(Bytes.utf8(key), Bytes.utf8("v"), revision, revision, 1, 0);
  }

  private static WatchSignal listing(
      long revision, boolean isFirst, boolean isLast, String... keys) {
    return new WatchSignal.Listing(
        revision, List.of(keys).stream().map(key -> kv(key, revision)).toList(), isFirst, isLast);
  }

  private static WatchSignal changes(long revision, Change.Kind kind, String... keys) {
    return new WatchSignal.Changes(
        revision,
        List.of(keys).stream()
            .map(key -> new Change(kind, kv(key, revision), Optional.empty()))
            .toList());
  }

  private List<String> keys() {
    return keys(core.snapshot());
  }

  private static List<String> keys(Snapshot snapshot) {
    return snapshot.keys().keySet().stream().map(Bytes::utf8).toList();
  }

  @Test
  void showsAListOnlyWhenItIsWhole() {
    assertThat(core.take(listing(5, true, false, "a"))).isFalse();
    assertThat(core.isFilled()).isFalse();
    assertThat(keys()).isEmpty();
    // The list begins anew, and what the broken one held is not there any more.
    assertThat(core.take(listing(6, true, false, "b"))).isFalse();
    assertThat(core.take(listing(6, false, true, "c"))).isTrue();
    assertThat(core.isFilled()).isTrue();
    assertThat(keys()).containsExactly("b", "c");
    assertThat(core.revision()).isEqualTo(6);
  }

  @Test
  void keepsTheOldStateUntilTheNewListIsWhole() {
    core.take(listing(5, true, true, "a", "b"));
    assertThat(core.take(new WatchSignal.Resync(5, 9))).isTrue();
    core.take(listing(9, true, false, "c"));
    Snapshot between = core.snapshot();
    assertThat(between.standing()).isEqualTo(Standing.RESYNCING);
    assertThat(between.revision()).isEqualTo(5);
    assertThat(keys(between)).containsExactly("a", "b");
    core.take(listing(9, false, true, "d"));
    assertThat(keys()).containsExactly("c", "d");
    assertThat(core.revision()).isEqualTo(9);
    assertThat(core.snapshot().standing()).isEqualTo(Standing.FOLLOWING);
    assertThat(keys(between)).containsExactly("a", "b");
  }

  @Test
  void neverChangesASnapshot() {
    core.take(listing(5, true, true, "a"));
    Snapshot before = core.snapshot();
    assertThat(core.take(changes(6, Change.Kind.PUT, "b", "c"))).isTrue();
    Snapshot after = core.snapshot();
    assertThat(core.take(changes(7, Change.Kind.DELETE, "a", "b"))).isTrue();
    assertThat(keys(before)).containsExactly("a");
    assertThat(keys(after)).containsExactly("a", "b", "c");
    assertThat(keys()).containsExactly("c");
  }

  @Test
  void movesOnByABookmarkWithoutAChange() {
    core.take(listing(5, true, true, "a"));
    assertThat(core.take(new WatchSignal.Bookmark(8))).isFalse();
    assertThat(core.revision()).isEqualTo(8);
    core.end();
    assertThat(core.snapshot().standing()).isEqualTo(Standing.ENDED);
    assertThat(core.get(Bytes.utf8("a"))).isPresent();
  }
}
