package io.quorate.mvcc;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One write transaction: all its rows carry one main revision, one above the store's, and a sub
 * revision each. It sees its own writes. Whatever may be refused is refused by {@link #check}
 * before the first write, so that a transaction is never half done.
 */
public final class WriteTxn {
  private final KvStore store;
  private final LeaseIndex leases;
  private final long next;
  private List<Event> events = List.of();

  WriteTxn(KvStore store, LeaseIndex leases) {
    this.store = store;
    this.leases = leases;
    this.next = store.revision() + 1;
  }

  /**
   * Ends the transaction, which gives the store its new revision when there was any write.
   *
   * @return the changes in the order they were made, empty when there were none
   */
  public List<Event> end() {
    if (!events.isEmpty()) {
      store.advance(next);
    }
    return Collections.unmodifiableList(events);
  }

  /** The revision to show: the one written when there was a write, else the store's. */
  public long shownRevision() {
    return events.isEmpty() ? next - 1 : next;
  }

  /** Writes a pair; {@code put} has been checked. */
  public OpResult.Put put(Op.Put put) {
    Row old = store.newest(put.key());
    KeyValue before = old == null || old.isDeleted() ? null : old.kv();
    Bytes value = put.ignoreValue() && before != null ? before.value() : put.value();
    long oldLease = before == null ? 0 : before.lease();
    long lease = put.ignoreLease() ? oldLease : put.lease();
    long create = before == null ? next : before.createRevision();
    long version = before == null ? 1 : before.version() + 1;
    KeyValue kv = new KeyValue(put.key(), create, next, version, value, lease);
    write(kv, old, before);
    if (lease != oldLease) {
      if (oldLease != 0) {
        leases.detach(oldLease, put.key());
      }
      if (lease != 0) {
        leases.attach(lease, put.key());
      }
    }
    return new OpResult.Put(next, put.prevKv() ? before : null);
  }

  /** Deletes the live keys of a range. */
  public OpResult.DeleteRange deleteRange(Op.DeleteRange delete) {
    List<Row> rows = liveRows(delete.keys());
    List<KeyValue> previous = delete.prevKv() ? new ArrayList<>() : List.of();
    for (Row row : rows) {
      KeyValue before = row.kv();
      if (delete.prevKv()) {
        previous.add(before);
      }
      write(KeyValue.deleted(before.key(), next), row, before);
      if (before.lease() != 0) {
        leases.detach(before.lease(), before.key());
      }
    }
    return new OpResult.DeleteRange(shownRevision(), rows.size(), previous);
  }

  /** Reads keys as they are within this transaction. */
  public OpResult.Range range(Op.Range range) {
    return RangePlan.read(store.view(), range, shownRevision());
  }

  private List<Row> liveRows(KeyRange keys) {
    if (keys.isSingle()) {
      Row row = store.newest(keys.from());
      return row == null || row.isDeleted() ? List.of() : List.of(row);
    }
    List<Row> rows = new ArrayList<>();
    try (StoreView.Scan scan = store.view().scan(keys, next, true)) {
      while (scan.next()) {
        rows.add(scan.row());
      }
    }
    return rows;
  }

  private void write(KeyValue kv, @Nullable Row old, @Nullable KeyValue before) {
    if (events.isEmpty()) {
      events = new ArrayList<>(4);
    }
    long prevMain = old == null ? 0 : old.main();
    int prevSub = old == null ? 0 : old.sub();
    Row row = new Row(kv, events.size(), prevMain, prevSub);
    store.append(row);
    events.add(new Event(kv, prevMain == next ? beforeTxn(row) : before));
  }

  /** As in the reference, an event tells the pair of the revision before, not of this one. */
  private @Nullable KeyValue beforeTxn(Row row) {
    Row before = store.view().superseded(row);
    return before == null || before.isDeleted() ? null : before.kv();
  }

  /**
   * Refuses a put whose lease is unknown, or that keeps a value or lease of a key that is not
   * there.
   *
   * @throws io.quorate.base.EtcdException {@code LEASE_NOT_FOUND} or {@code KEY_NOT_FOUND}
   */
  public void check(Op.Put put) {
    if (put.lease() != 0 && !leases.exists(put.lease())) {
      throw EtcdError.LEASE_NOT_FOUND.exception();
    }
    if (put.ignoreValue() || put.ignoreLease()) {
      Row old = store.newest(put.key());
      if (old == null || old.isDeleted()) {
        throw EtcdError.KEY_NOT_FOUND.exception();
      }
    }
  }
}
