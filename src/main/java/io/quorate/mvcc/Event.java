package io.quorate.mvcc;

import org.jspecify.annotations.Nullable;

/**
 * What one operation did to one key, as etcd's {@code mvccpb.Event}. A put when {@code kv} is not
 * deleted, else a delete.
 *
 * <p>Compared by identity: one instance is shared by all watchers of the change, and edges keep its
 * encoded form by that identity.
 */
public final class Event {
  private final KeyValue kv;
  private final @Nullable KeyValue previous;

  /** An event that left {@code kv}, where before there was {@code previous}, or nothing. */
  public Event(KeyValue kv, @Nullable KeyValue previous) {
    this.kv = kv;
    this.previous = previous;
  }

  /** The key after the change. */
  public KeyValue kv() {
    return kv;
  }

  /** The key before the change; null when it did not exist, or its revision was compacted. */
  public @Nullable KeyValue previous() {
    return previous;
  }

  /** Whether the change was a deletion. */
  public boolean isDelete() {
    return kv.isDeleted();
  }

  /** The revision of the change. */
  public long revision() {
    return kv.modRevision();
  }

  @Override
  public String toString() {
    return (isDelete() ? "DELETE " : "PUT ") + kv;
  }
}
