package io.quorate.lmdb;

import io.quorate.base.Bytes;
import io.quorate.mvcc.DiskView.KeyCursor;
import io.quorate.mvcc.Row;

/** Two walks over different keys as one, in key order. */
final class MergedKeys implements KeyCursor {
  private final KeyCursor first;
  private final LongKeys.Walk second;
  private boolean started;
  private boolean hasFirst;
  private boolean hasSecond;
  private KeyCursor current;

  MergedKeys(KeyCursor first, LongKeys.Walk second) {
    this.first = first;
    this.second = second;
    this.current = first;
  }

  @Override
  public boolean next() {
    if (!started) {
      started = true;
      hasFirst = first.next();
      hasSecond = second.next();
    } else if (current == first) {
      hasFirst = first.next();
    } else {
      hasSecond = second.next();
    }
    current = hasSecond && (!hasFirst || first.compareKey(second.key()) > 0) ? second : first;
    return hasFirst || hasSecond;
  }

  @Override
  public int compareKey(Bytes other) {
    return current.compareKey(other);
  }

  @Override
  public long main() {
    return current.main();
  }

  @Override
  public boolean isDeleted() {
    return current.isDeleted();
  }

  @Override
  public Row row(boolean withValue) {
    return current.row(withValue);
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
