package io.quorate.bench;

import java.util.concurrent.atomic.AtomicLongArray;

/** How long calls took, in classes of which each is at most a thirty-second wide. */
final class Latencies {
  private static final int PARTS = 32;
  private static final int PARTS_BITS = 5;

  private final AtomicLongArray counts = new AtomicLongArray(Long.SIZE * PARTS);

  /** By several threads at once. */
  void add(long nanos) {
    counts.incrementAndGet(indexOf(Math.max(0, nanos)));
  }

  /** Below what time {@code share} of the calls were, in microseconds; 0 without calls. */
  double micros(double share) {
    long all = 0;
    for (int i = 0; i < counts.length(); i++) {
      all += counts.get(i);
    }
    long below = 0;
    for (int i = 0; i < counts.length(); i++) {
      below += counts.get(i);
      if (below > 0 && below >= all * share) {
        return middleOf(i) / 1_000;
      }
    }
    return 0;
  }

  private static int indexOf(long nanos) {
    if (nanos < PARTS) {
      return (int) nanos;
    }
    int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
    return exponent * PARTS + (int) (nanos >>> (exponent - PARTS_BITS)) % PARTS;
  }

  private static double middleOf(int index) {
    int exponent = index / PARTS;
    return index < PARTS ? index : Math.scalb(1 + (index % PARTS + 0.5) / PARTS, exponent);
  }
}
