package io.quorate.metrics;

import java.util.concurrent.atomic.LongAdder;

/** A number that begins with 0 and only grows. Any thread; counting neither waits nor allocates. */
public final class Counter {
  private final LongAdder value = new LongAdder();

  /** A counter of nothing yet. */
  public Counter() {}

  /** One more. */
  public void increment() {
    value.increment();
  }

  /** {@code more} of them, 0 or more. */
  public void add(long more) {
    value.add(more);
  }

  /** How many so far; what is counted meanwhile may be in it or not. */
  public long value() {
    return value.sum();
  }
}
