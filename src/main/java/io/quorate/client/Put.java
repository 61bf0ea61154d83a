package io.quorate.client;

import io.quorate.base.Bytes;

/**
 * Writes one key. Source: {@code etcdserverpb.PutRequest}.
 *
 * @param key the key, not empty
 * @param value its value; ignored with {@code keepsValue}
 * @param lease the lease it is to end with; 0 for none; ignored with {@code keepsLease}
 * @param returnsPrevious whether the answer is to hold what was there before
 * @param keepsValue write it anew with the value it has
 * @param keepsLease leave the lease that it has
 */
public record Put(
    Bytes key,
    Bytes value,
    long lease,
    boolean returnsPrevious,
    boolean keepsValue,
    boolean keepsLease)
    implements Op {
  /** Writes {@code value} to {@code key}, without a lease. */
  public static Put of(Bytes key, Bytes value) {
    return new Put(key, value, 0, false, false, false);
  }

  /** Writes {@code value} to {@code key}, both in UTF-8, without a lease. */
  public static Put of(String key, String value) {
    return of(Bytes.utf8(key), Bytes.utf8(value));
  }

  /** The same, to end with a lease. */
  public Put withLease(long id) {
    return new Put(key, value, id, returnsPrevious, keepsValue, keepsLease);
  }

  /** The same, whose answer holds what was there before. */
  public Put withPrevious() {
    return new Put(key, value, lease, true, keepsValue, keepsLease);
  }

  /** The same, which leaves the value as it is. */
  public Put keepingValue() {
    return new Put(key, Bytes.EMPTY, lease, returnsPrevious, true, keepsLease);
  }

  /** The same, which leaves the lease as it is. */
  public Put keepingLease() {
    return new Put(key, value, 0, returnsPrevious, keepsValue, true);
  }

  @Override
  public boolean isRead() {
    return false;
  }
}
