package io.quorate.mvcc;

import io.quorate.base.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The keys from {@code from}, inclusive, to {@code to}, exclusive; without {@code to} all keys from
 * {@code from} on. Empty when {@code to} is not above {@code from}, which is no error.
 *
 * @param from the first key of the range
 * @param to the first key above the range, or null for none
 */
public record KeyRange(Bytes from, @Nullable Bytes to) {
  private static final Bytes ZERO = Bytes.wrap(new byte[] {0});

  /**
   * The range that a request of etcd's API means: an empty {@code rangeEnd} is the single key, and
   * the one byte zero is "all keys from {@code key} on".
   */
  public static KeyRange ofRequest(Bytes key, Bytes rangeEnd) {
    if (rangeEnd.isEmpty()) {
      return single(key);
    }
    return new KeyRange(key, rangeEnd.equals(ZERO) ? null : rangeEnd);
  }

  /** The range that holds just {@code key}. */
  public static KeyRange single(Bytes key) {
    return new KeyRange(key, key.concat(ZERO));
  }

  /** Whether the range is one that {@link #single} gives. */
  public boolean isSingle() {
    return to != null
        && to.size() == from.size() + 1
        && to.at(from.size()) == 0
        && to.startsWith(from);
  }

  /** Whether {@code key} lies in the range. */
  public boolean contains(Bytes key) {
    return key.compareTo(from) >= 0 && (to == null || key.compareTo(to) < 0);
  }
}
