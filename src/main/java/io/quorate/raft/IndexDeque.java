package io.quorate.raft;

import java.util.Arrays;

/** A few indexes of the log, ascending; either end can be cut. */
final class IndexDeque {
  private long[] indexes = new long[4];
  private int start;
  private int end;

  void add(long index) {
    if (end == indexes.length) {
      int count = end - start;
      long[] wider = start > 0 ? indexes : Arrays.copyOf(indexes, indexes.length * 2);
      System.arraycopy(indexes, start, wider, 0, count);
      indexes = wider;
      start = 0;
      end = count;
    }
    indexes[end++] = index;
  }

  void truncateAfter(long index) {
    while (end > start && indexes[end - 1] > index) {
      end--;
    }
  }

  void dropUpTo(long index) {
    while (start < end && indexes[start] <= index) {
      start++;
    }
  }

  /** The first one above {@code index}; {@link Long#MAX_VALUE} if there is none. */
  long firstAbove(long index) {
    for (int i = start; i < end; i++) {
      if (indexes[i] > index) {
        return indexes[i];
      }
    }
    return Long.MAX_VALUE;
  }

  boolean hasUpTo(long index) {
    return start < end && indexes[start] <= index;
  }
}
