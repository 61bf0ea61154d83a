package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void tellsDurationsWithThreeDigits() {
    assertThat(Words.duration(0)).isEqualTo("0 s");
    assertThat(Words.duration(999)).isEqualTo("999 ns");
    assertThat(Words.duration(1_234)).isEqualTo("1.23 µs");
    assertThat(Words.duration(999_499)).isEqualTo("999 µs");
    assertThat(Words.duration(999_500)).isEqualTo("1.00 ms");
    assertThat(Words.duration(12_345_678)).isEqualTo("12.3 ms");
    assertThat(Words.duration(999_600_000)).isEqualTo("1.00 s");
    assertThat(Words.duration(59_940_000_000L)).isEqualTo("59.9 s");
    assertThat(Words.duration(59_960_000_000L)).isEqualTo("1 min 00 s");
    assertThat(Words.duration(3_723_000_000_000L)).isEqualTo("1 h 02 min 03 s");
  }

  @Test
  void tellsTimesAsAClock() {
    assertThat(Words.clock(65_900_000_000L)).isEqualTo("1:05");
    assertThat(Words.clock(3_723_000_000_000L)).isEqualTo("1:02:03");
  }

  @Test
  void cutsWithoutHalvingACharacter() {
    assertThat(Words.cut("abcdef", 6)).isEqualTo("abcdef");
    assertThat(Words.cut("abcdefg", 6)).isEqualTo("abcde…");
    assertThat(Words.cut("ab\ud83d\ude00cd", 4)).isEqualTo("ab…");
    assertThat(Words.cutCounted("x".repeat(12_345), 3)).isEqualTo("xx… (12,345 characters)");
  }

  @Test
  void showsWhatCannotBeSeen() {
    assertThat(Words.visible("a\nb\tc\0\u001b[31m")).isEqualTo("a\\nb\\tc\\u{0}\\u{1b}[31m");
    assertThat(Words.visible("\u202eevil")).isEqualTo("\\u{202e}evil");
    assertThat(Words.visible("\ud800x")).isEqualTo("\\u{d800}x");
    assertThat(Words.visible("é 字 \ud83d\ude00")).isEqualTo("é 字 \ud83d\ude00");
  }
}
