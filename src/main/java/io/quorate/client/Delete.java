package io.quorate.client;

import io.quorate.base.Bytes;

/**
 * Removes keys. Source: {@code etcdserverpb.DeleteRangeRequest}.
 *
 * @param keys which ones
 * @param returnsPrevious whether the answer is to hold what they were
 */
public record Delete(Interval keys, boolean returnsPrevious) implements Op {
  /** Removes {@code keys}. */
  public static Delete of(Interval keys) {
    return new Delete(keys, false);
  }

  /** Removes one key. */
  public static Delete of(Bytes key) {
    return of(Interval.of(key));
  }

  /** Removes one key, in UTF-8. */
  public static Delete of(String key) {
    return of(Interval.of(key));
  }

  /** The same, whose answer holds what the keys were. */
  public Delete withPrevious() {
    return new Delete(keys, true);
  }

  @Override
  public boolean isRead() {
    return false;
  }
}
