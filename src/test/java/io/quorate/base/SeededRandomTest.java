package io.quorate.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SeededRandomTest {
  @Test
  void givesTheReferenceSequenceOfSplitMix64() {
    SeededRandom random = new SeededRandom(1234567);
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("6457827717110365317");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("3203168211198807973");
  }

  @Test
  void staysBelowTheBoundAndReachesAllOfIt() {
    SeededRandom random = new SeededRandom(1);
    boolean[] seen = new boolean[7];
    for (int i = 0; i < 1000; i++) {
      seen[random.nextInt(7)] = true;
    }
    assertThat(seen).doesNotContain(false);
  }
}
