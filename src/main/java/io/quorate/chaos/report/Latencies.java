package io.quorate.chaos.report;

/**
 * How long things took, as counts by size: 32 sizes for each power of two. What it says is never
 * below the truth and at most a 32nd above it. Takes 8 KiB however many there are.
 */
final class Latencies {
  private static final int SIZES_PER_DOUBLING = 32;
  private static final int SIZES_PER_DOUBLING_BITS = 5;
  private static final int SIZES = (63 - SIZES_PER_DOUBLING_BITS) * SIZES_PER_DOUBLING + 32;

  private final int[] counts = new int[SIZES];
  private long count;
  private long maxNanos;

  void add(long nanos) {
    counts[size(nanos)]++;
    count++;
    maxNanos = Math.max(maxNanos, nanos);
  }

  void addAll(Latencies other) {
    for (int i = 0; i < SIZES; i++) {
      counts[i] += other.counts[i];
    }
    count += other.count;
    maxNanos = Math.max(maxNanos, other.maxNanos);
  }

  long count() {
    return count;
  }

  /** The longest, to the nanosecond; 0 if there is none. */
  long maxNanos() {
    return maxNanos;
  }

  /** What {@code perMille} of a thousand did not exceed; 0 if there is none. */
  long nanosAt(int perMille) {
    long rank = Math.max(1, (count * perMille + 999) / 1000);
    long seen = 0;
    for (int i = 0; i < SIZES; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return Math.min(largest(i), maxNanos);
      }
    }
    return maxNanos;
  }

  private static int size(long nanos) {
    int shift = Math.max(0, 63 - Long.numberOfLeadingZeros(nanos | 1) - SIZES_PER_DOUBLING_BITS);
    return shift * SIZES_PER_DOUBLING + (int) (nanos >>> shift);
  }

  private static long largest(int size) {
    int shift = Math.max(0, size / SIZES_PER_DOUBLING - 1);
    long leading = size - (long) shift * SIZES_PER_DOUBLING;
    return ((leading + 1) << shift) - 1;
  }
}
