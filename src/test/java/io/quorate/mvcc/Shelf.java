package io.quorate.mvcc;

import io.quorate.base.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * A {@link KvStore} on a {@link TestDisk}, as the node drives it: batches, halves that are frozen,
 * written and dropped, compactions that take the hash before they remove anything.
 */
public final class Shelf {
  private final TestDisk disk;
  private final TreeMap<Long, TreeSet<Bytes>> attached = new TreeMap<>();
  private final TreeSet<Long> leases = new TreeSet<>();
  private List<StoreHash> hashes = new ArrayList<>();
  private KvStore store = new KvStore(KvStore.FIRST_REVISION, KvStore.NEVER_COMPACTED, 0);
  private Half unwritten;
  private long frozenRevision;
  private long frozenCompacted;

  /** A new store on an empty disk. */
  public Shelf(TestDisk disk) {
    this.disk = disk;
  }

  /** A transaction's answer and what it changed. */
  public record Written(OpResult result, List<Event> events) {}

  /** Does {@code op}, anything but a range. */
  public Written write(Op op) {
    return batch(
        () -> {
          WriteTxn txn = store.begin(new Index());
          OpResult result =
              switch (op.kind()) {
                case PUT -> {
                  txn.check((Op.Put) op);
                  yield txn.put((Op.Put) op);
                }
                case DELETE_RANGE -> txn.deleteRange((Op.DeleteRange) op);
                case TXN -> TxnPlan.execute(store.view(), txn, (Op.Txn) op);
                case RANGE -> txn.range((Op.Range) op);
              };
          return new Written(result, txn.end());
        });
  }

  private <T> T batch(Supplier<T> work) {
    try (DiskView view = disk.open()) {
      store.beginBatch(view);
      try {
        return work.get();
      } finally {
        store.endBatch();
      }
    }
  }

  /** Answers {@code range} as readers are answered. */
  public OpResult.Range range(Op.Range range) {
    try (DiskView view = disk.open()) {
      return RangePlan.execute(new StoreView(store.recent(), view), range);
    }
  }

  /** Answers a transaction of ranges as readers are answered. */
  public OpResult.Txn read(Op.Txn txn) {
    try (DiskView view = disk.open()) {
      return TxnPlan.read(new StoreView(store.recent(), view), txn);
    }
  }

  /** A part of a range. */
  public RangePlan.Chunk chunk(Op.Range range, long limit, long wanted) {
    try (DiskView view = disk.open()) {
      return RangePlan.chunk(new StoreView(store.recent(), view), range, limit, wanted);
    }
  }

  /** A slice of the changes. */
  public EventReader.Slice events(long from, long to, long bytesMax) {
    try (DiskView view = disk.open()) {
      return EventReader.read(new StoreView(store.recent(), view), from, to, bytesMax);
    }
  }

  /** The hash at {@code revision}, out of the rows. */
  public StoreHash hash(long revision) {
    try (DiskView view = disk.open()) {
      return StoreHash.of(new StoreView(store.recent(), view), store.compacted(), revision);
    }
  }

  /** The hash at {@code revision} as HashKV tells it: what a compaction took there, if any did. */
  public StoreHash toldHash(long revision) {
    return hashes.stream()
        .filter(hash -> hash.revision() == revision)
        .findFirst()
        .orElseGet(() -> hash(revision));
  }

  /** Marks a compaction, brings it to disk and takes the hash; removes nothing yet. */
  public void compact(long at) {
    long previous = store.compacted();
    store.compact(at);
    flush();
    try (DiskView view = disk.open()) {
      hashes.add(StoreHash.of(view, previous, at));
    }
  }

  /** Removes some rows; whether nothing is left to remove. */
  public boolean removeRows(int rowsMax) {
    if (store.compacted() == KvStore.NEVER_COMPACTED) {
      return true;
    }
    boolean all = disk.compact(store.compacted(), rowsMax);
    store.setDiskBytes(disk.bytes());
    return all;
  }

  /** Freezes the active half unless one is frozen. */
  public void freeze() {
    if (!store.isFrozen()) {
      frozenRevision = store.revision();
      frozenCompacted = store.compacted();
      unwritten = store.freeze();
    }
  }

  /** Writes the frozen half, if there is one, and keeps it in memory. */
  public void writeFrozen() {
    if (unwritten != null) {
      disk.write(unwritten, frozenRevision, frozenCompacted);
      unwritten = null;
    }
  }

  /** Writes and drops the frozen half, if there is one. */
  public void drop() {
    if (store.isFrozen()) {
      writeFrozen();
      store.dropFrozen(disk.bytes());
    }
  }

  /** Brings everything to disk. */
  public void flush() {
    drop();
    freeze();
    drop();
  }

  /** Starts again from the disk. */
  public void restart() {
    flush();
    disk.reopen();
    hashes = new ArrayList<>();
    store = new KvStore(store.revision(), store.compacted(), disk.bytes());
  }

  /** Makes lease {@code id} known. */
  public void grant(long id) {
    leases.add(id);
  }

  /** Which keys hang on which lease. */
  public TreeMap<Long, TreeSet<Bytes>> attached() {
    return attached;
  }

  /** The store. */
  public KvStore store() {
    return store;
  }

  /** The disk. */
  public TestDisk disk() {
    return disk;
  }

  private final class Index implements LeaseIndex {
    @Override
    public boolean exists(long lease) {
      return leases.contains(lease);
    }

    @Override
    public void attach(long lease, Bytes key) {
      attached.computeIfAbsent(lease, id -> new TreeSet<>()).add(key);
    }

    @Override
    public void detach(long lease, Bytes key) {
      TreeSet<Bytes> keys = attached.get(lease);
      if (keys == null || !keys.remove(key)) {
        throw new IllegalStateException("key " + key + " does not hang on lease " + lease);
      }
      if (keys.isEmpty()) {
        attached.remove(lease);
      }
    }
  }
}
