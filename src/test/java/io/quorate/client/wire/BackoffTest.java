package io.quorate.client.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final Random LUCK = new Random(1);

  private static void assertWaits(Backoff backoff, int attempt, long most) {
    long[] waits =
        IntStream.range(0, 1_000).mapToLong(i -> backoff.millis(attempt, LUCK)).toArray();
    long least = most - most / 2;
    for (long wait : waits) {
      assertThat(wait).as("attempt %s", attempt).isBetween(least, most);
    }
    if (most > 100) {
      assertThat(Arrays.stream(waits).min().orElseThrow()).isLessThan(least + most / 10);
      assertThat(Arrays.stream(waits).max().orElseThrow()).isGreaterThan(most - most / 10);
    }
  }

  @Test
  void waitsTwiceAsLongEachTimeUpToTheLast() {
    Backoff backoff = new Backoff(50, 1_000);
    long[] most = {50, 100, 200, 400, 800, 1_000, 1_000};
    for (int i = 0; i < most.length; i++) {
      assertWaits(backoff, i + 1, most[i]);
    }
  }

  @Test
  void waitsAfterManyAttemptsAndWithLargeBoundsAreBoundedToo() {
    assertWaits(new Backoff(50, 1_000), Integer.MAX_VALUE, 1_000);
    assertWaits(new Backoff(1_000, 1L << 40), 100, 1_000L << 20);
  }

  @Test
  void attemptsBeforeTheFirstWaitAsTheFirst() {
    assertWaits(new Backoff(50, 1_000), 0, 50);
    assertWaits(new Backoff(50, 1_000), -5, 50);
  }

  @Test
  void waitsOfOneMillisecondAreNotZero() {
    assertWaits(new Backoff(1, 1), 1, 1);
  }
}
