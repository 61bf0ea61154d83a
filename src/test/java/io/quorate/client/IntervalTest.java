package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntervalTest {
  private static Bytes bytes(int... values) {
    byte[] array = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      array[i] = (byte) values[i];
    }
    return Bytes.wrap(array);
  }

  @Test
  void endsBehindAllThatBeginsWithPrefix() {
    assertThat(Interval.prefix("a")).isEqualTo(new Interval(bytes('a'), bytes('b')));
    assertThat(Interval.prefix(bytes(1, 0xff))).isEqualTo(new Interval(bytes(1, 0xff), bytes(2)));
    assertThat(Interval.prefix(bytes(0x7f))).isEqualTo(new Interval(bytes(0x7f), bytes(0x80)));
    assertThat(Interval.prefix(bytes(0xff, 0xff)))
        .isEqualTo(new Interval(bytes(0xff, 0xff), bytes(0)));
    assertThat(Interval.prefix("")).isEqualTo(Interval.all());
  }

  @Test
  void prefixIsNotTouched() {
    Bytes prefix = bytes(1, 2);
    Interval.prefix(prefix);
    assertThat(prefix).isEqualTo(bytes(1, 2));
  }

  @Test
  void containsWhatAMemberWouldFind() {
    assertThat(Interval.of("a").contains(Bytes.utf8("a"))).isTrue();
    assertThat(Interval.of("a").contains(Bytes.utf8("ab"))).isFalse();
    assertThat(Interval.between(bytes('a'), bytes('c')).contains(bytes('c'))).isFalse();
    assertThat(Interval.between(bytes('a'), bytes('c')).contains(bytes('b', 0xff))).isTrue();
    assertThat(Interval.from(bytes('b')).contains(bytes('a', 0xff))).isFalse();
    assertThat(Interval.from(bytes('b')).contains(bytes(0xff, 0xff))).isTrue();
    assertThat(Interval.from(Bytes.EMPTY)).isEqualTo(Interval.all());
  }

  private static Bytes any(Random luck) {
    int[] values = new int[1 + luck.nextInt(4)];
    for (int i = 0; i < values.length; i++) {
      values[i] = new int[] {0, 1, 0x7f, 0x80, 0xfe, 0xff}[luck.nextInt(6)];
    }
    return bytes(values);
  }

  @Test
  void prefixContainsExactlyWhatBeginsWithIt() {
    Random luck = new Random(1);
    for (int i = 0; i < 50_000; i++) {
      Bytes prefix = any(luck);
      Bytes key = any(luck);
      assertThat(Interval.prefix(prefix).contains(key)).isEqualTo(key.startsWith(prefix));
    }
  }

  @Test
  void restBehindKeyLeavesOutThatKeyAlone() {
    Random luck = new Random(1);
    for (int i = 0; i < 50_000; i++) {
      Interval all = luck.nextBoolean() ? Interval.prefix(any(luck)) : Interval.from(any(luck));
      Bytes last = any(luck);
      Bytes key = any(luck);
      if (all.contains(last)) {
        assertThat(all.after(last).contains(key))
            .as("%s of %s after %s", key, all, last)
            .isEqualTo(all.contains(key) && key.compareTo(last) > 0);
      }
    }
  }
}
