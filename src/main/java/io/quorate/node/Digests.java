package io.quorate.node;

import org.jspecify.annotations.Nullable;

/**
 * The digests after the newest entries that this member has applied, so that others can ask for
 * one. One thread notes, any asks.
 */
final class Digests {
  /** How many are kept: more than a second of the fastest writes, in 512 KiB. */
  private static final int KEPT = 1 << 16;

  private final long[] digests = new long[KEPT];
  private long first = 1;
  private long last;

  /** The digest after the entry at {@code index}. */
  synchronized void note(long index, long digest) {
    if (index != last + 1) {
      // A snapshot has replaced the state.
      first = index;
    }
    digests[(int) (index % KEPT)] = digest;
    last = index;
    first = Math.max(first, last - KEPT + 1);
  }

  /** The newest index, or 0. */
  synchronized long newest() {
    return last;
  }

  /** The digest after the entry at {@code index}; null if it is not known any more, or not yet. */
  synchronized @Nullable Long at(long index) {
    return index < first || index > last ? null : (Long) digests[(int) (index % KEPT)];
  }
}
