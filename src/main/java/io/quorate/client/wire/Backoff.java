package io.quorate.client.wire;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: twice as long each time, with luck, so that clients who
 * failed together do not come back together.
 *
 * @param firstMillis the most for the first wait
 * @param lastMillis the most for any wait
 */
public record Backoff(long firstMillis, long lastMillis) {
  private static final int DOUBLINGS_MAX = 20;

  /** The wait before attempt {@code attempt}, counted from 1: between half of its most and it. */
  public long millis(int attempt, RandomGenerator luck) {
    int doublings = Math.min(Math.max(attempt, 1) - 1, DOUBLINGS_MAX);
    long most = Math.min(lastMillis, firstMillis << doublings);
    return most - luck.nextLong(most / 2 + 1);
  }
}
