package io.quorate.base;

import java.time.Duration;

/**
 * Arithmetic of durations in whole nanoseconds, up to 292 years. {@link Duration} multiplies and
 * divides in {@code BigDecimal}, whose first use computes tables for 16 ms, in the middle of a
 * start.
 */
public final class Durations {
  private Durations() {}

  /**
   * {@code one} taken {@code count} times.
   *
   * @throws ArithmeticException when that is more nanoseconds than a long holds
   */
  public static Duration times(Duration one, long count) {
    return Duration.ofNanos(Math.multiplyExact(one.toNanos(), count));
  }

  /**
   * {@code one} divided by {@code count}, rounded towards zero.
   *
   * @throws ArithmeticException when {@code count} is zero, or {@code one} is more nanoseconds than
   *     a long holds
   */
  public static Duration part(Duration one, long count) {
    return Duration.ofNanos(one.toNanos() / count);
  }
}
