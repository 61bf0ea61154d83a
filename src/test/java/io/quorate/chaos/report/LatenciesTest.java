package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.SeededRandom;
import org.junit.jupiter.api.Test;

class LatenciesTest {
  @Test
  void isNeverBelowTheTruthAndAtMostA32ndAbove() {
    SeededRandom random = new SeededRandom(1);
    for (int i = 0; i < 10_000; i++) {
      long nanos = random.nextLong() >>> (2 + random.nextInt(61));
      Latencies latencies = new Latencies();
      latencies.add(nanos);
      latencies.add(Long.MAX_VALUE);
      long said = latencies.nanosAt(500);
      assertThat(said).isBetween(nanos, nanos + nanos / 32);
    }
  }

  @Test
  void ranksAsSortingDoes() {
    Latencies latencies = new Latencies();
    for (int i = 1; i <= 63; i++) {
      latencies.add(i);
    }
    assertThat(latencies.nanosAt(500)).isEqualTo(32);
    assertThat(latencies.nanosAt(990)).isEqualTo(63);
    assertThat(latencies.nanosAt(1)).isEqualTo(1);
    assertThat(latencies.maxNanos()).isEqualTo(63);
  }

  @Test
  void saysNothingOfNothing() {
    assertThat(new Latencies().nanosAt(500)).isZero();
  }

  @Test
  void addsThoseOfAnother() {
    Latencies one = new Latencies();
    one.add(10);
    Latencies two = new Latencies();
    two.add(20);
    one.addAll(two);
    assertThat(one.count()).isEqualTo(2);
    assertThat(one.nanosAt(500)).isEqualTo(10);
    assertThat(one.nanosAt(1000)).isEqualTo(20);
  }
}
