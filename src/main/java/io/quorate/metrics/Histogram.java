package io.quorate.metrics;

import io.quorate.base.Check;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;

/**
 * How often something took how long: a count for each bucket, {@code le} its upper bound, which
 * belongs to it. Any thread; observing neither waits nor allocates.
 */
public final class Histogram {
  private static final double NANOS_PER_SECOND = 1e9;

  private final double[] boundsSeconds;
  private final long[] boundsNanos;
  private final LongAdder[] buckets;
  private final LongAdder sumNanos = new LongAdder();

  /**
   * A histogram of nothing yet.
   *
   * @param boundsSeconds the upper bounds, ascending; a last one without a bound is added
   */
  public Histogram(double... boundsSeconds) {
    this.boundsSeconds = boundsSeconds.clone();
    this.boundsNanos = new long[boundsSeconds.length];
    this.buckets = new LongAdder[boundsSeconds.length + 1];
    for (int i = 0; i < boundsSeconds.length; i++) {
      boundsNanos[i] = Math.round(boundsSeconds[i] * NANOS_PER_SECOND);
      Check.that(i == 0 || boundsNanos[i] > boundsNanos[i - 1], "bounds that do not ascend");
    }
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = new LongAdder();
    }
  }

  /** One with {@code count} bounds, of which the first is given and each next is twice the last. */
  public static Histogram doubling(double firstSeconds, int count) {
    double[] bounds = new double[count];
    double bound = firstSeconds;
    for (int i = 0; i < count; i++) {
      bounds[i] = bound;
      bound *= 2;
    }
    return new Histogram(bounds);
  }

  /** It took {@code nanos} nanoseconds, 0 or more. */
  public void observeNanos(long nanos) {
    int bucket = 0;
    while (bucket < boundsNanos.length && nanos > boundsNanos[bucket]) {
      bucket++;
    }
    buckets[bucket].increment();
    sumNanos.add(nanos);
  }

  /** Observes how long {@code stage}, which is returned, takes from now on, however it ends. */
  public <T> CompletionStage<T> timing(CompletionStage<T> stage) {
    long begin = System.nanoTime();
    stage.whenComplete((done, failure) -> observeNanos(System.nanoTime() - begin));
    return stage;
  }

  /** The number of bounds. */
  int bounds() {
    return boundsSeconds.length;
  }

  double boundSeconds(int bucket) {
    return boundsSeconds[bucket];
  }

  /** How many fell into a bucket alone; the one behind the last bound is {@link #bounds}. */
  long countOf(int bucket) {
    return buckets[bucket].sum();
  }

  /** How many there were. */
  public long count() {
    long all = 0;
    for (LongAdder bucket : buckets) {
      all += bucket.sum();
    }
    return all;
  }

  long sumNanos() {
    return sumNanos.sum();
  }
}
