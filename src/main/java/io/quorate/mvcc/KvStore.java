package io.quorate.mvcc;

import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.base.EtcdError;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The writer's side of the keys: it owns the halves of {@link Recent} and the current revision.
 * Used by one thread, the one that applies the log.
 *
 * <p>Invariants: {@code compacted <= revision}; each write transaction that changes anything raises
 * the revision by exactly one; rows of the frozen half are below all of the active half. A frozen
 * half is dropped only when everything in it is durable on disk.
 */
public final class KvStore {
  /** The revision of a store that was never written. */
  public static final long FIRST_REVISION = 1;

  /** What {@link #compacted} says before the first compaction. */
  public static final long NEVER_COMPACTED = -1;

  private long epoch;
  private long revision;
  private long compacted;
  private long diskBytes;
  private Half active = new Half();
  private @Nullable Half frozen;
  private @Nullable DiskView disk;

  /**
   * A store that continues from what a checkpoint noted.
   *
   * @param revision the newest revision on disk
   * @param compacted the last compaction's revision, or {@link #NEVER_COMPACTED}
   * @param diskBytes the counted bytes of all rows on disk
   */
  public KvStore(long revision, long compacted, long diskBytes) {
    this.revision = revision;
    this.compacted = compacted;
    this.diskBytes = diskBytes;
  }

  /** Opens the disk for the reads of a batch of writes; {@link #endBatch} must follow. */
  public void beginBatch(DiskView view) {
    Check.that(disk == null, "a batch is already open");
    disk = view;
  }

  /** Ends the batch; its view may be closed now. */
  public Recent endBatch() {
    disk = null;
    return recent();
  }

  /** The rows in memory as of now, for readers. */
  public Recent recent() {
    Half below = frozen;
    return new Recent(
        epoch,
        revision,
        compacted,
        active.keys().root(),
        active.log().snapshot(),
        below == null ? null : below.keys().root(),
        below == null ? RowLog.Snapshot.EMPTY : below.log().snapshot());
  }

  /** The newest revision. */
  public long revision() {
    return revision;
  }

  /** The last compaction's revision, or {@link #NEVER_COMPACTED}. */
  public long compacted() {
    return compacted;
  }

  /** The counted bytes of all rows that are not yet removed, on disk and in memory. */
  public long countedBytes() {
    Half below = frozen;
    return diskBytes + active.countedBytes() + (below == null ? 0 : below.countedBytes());
  }

  /** Compaction has removed rows: those left on disk count {@code bytes}. */
  public void setDiskBytes(long bytes) {
    diskBytes = bytes;
  }

  /** The half that grows. */
  public Half active() {
    return active;
  }

  /** Whether a frozen half waits for its checkpoint. */
  public boolean isFrozen() {
    return frozen != null;
  }

  /** Freezes the active half and opens a new one. No half may be frozen already. */
  public Half freeze() {
    Check.that(frozen == null, "the frozen half is still on its way to disk");
    Half full = active;
    frozen = full;
    active = new Half();
    epoch++;
    return full;
  }

  /**
   * Drops the frozen half: all of it is durable on disk, where the rows now count {@code bytes}.
   */
  public void dropFrozen(long bytes) {
    Check.that(frozen != null, "there is no frozen half");
    frozen = null;
    diskBytes = bytes;
    epoch++;
  }

  /**
   * Marks all revisions below {@code at} as gone; the rows themselves go later.
   *
   * @throws io.quorate.base.EtcdException {@code COMPACTED} or {@code FUTURE_REV}
   */
  public void compact(long at) {
    if (at <= compacted) {
      throw EtcdError.COMPACTED.exception();
    }
    if (at > revision) {
      throw EtcdError.FUTURE_REV.exception();
    }
    compacted = at;
  }

  /** A view for the reads of the thread that writes; valid until the next write. */
  public StoreView view() {
    return new StoreView(recent(), openDisk());
  }

  /** Opens a write transaction; one at a time. */
  public WriteTxn begin(LeaseIndex leases) {
    return new WriteTxn(this, leases);
  }

  /** Sets a row of a small table, or removes it when {@code value} is null. */
  public void putTable(Table table, Bytes key, @Nullable Bytes value) {
    active.putTable(table, key, value);
  }

  /**
   * Gives the rows of a small table whose keys begin with {@code prefix} to {@code visitor}, in key
   * order, changes in memory included, until it answers false.
   */
  public void forEachTableRow(Table table, Bytes prefix, BiPredicate<Bytes, Bytes> visitor) {
    TreeMap<Bytes, @Nullable Bytes> merged = new TreeMap<>();
    openDisk()
        .scan(
            table,
            prefix,
            (key, value) -> {
              merged.put(key, value);
              return true;
            });
    Half below = frozen;
    if (below != null) {
      merge(below, table, prefix, merged);
    }
    merge(active, table, prefix, merged);
    for (var row : merged.entrySet()) {
      Bytes value = row.getValue();
      if (value != null && !visitor.test(row.getKey(), value)) {
        return;
      }
    }
  }

  private static void merge(
      Half half, Table table, Bytes prefix, Map<Bytes, @Nullable Bytes> merged) {
    for (var change : half.changes(table).tailMap(prefix).entrySet()) {
      if (!change.getKey().startsWith(prefix)) {
        return;
      }
      merged.put(change.getKey(), change.getValue());
    }
  }

  /**
   * The newest row of {@code key}, or null. A deletion below the compaction is as good as removed:
   * whether it is in fact is another matter on each member, and rows that are written over it must
   * not tell.
   */
  @Nullable Row newest(Bytes key) {
    Row row = active.keys().get(key);
    Half below = frozen;
    if (row == null && below != null) {
      row = below.keys().get(key);
    }
    if (row == null) {
      row = openDisk().newest(key);
    }
    return row != null && row.isDeleted() && row.main() < compacted ? null : row;
  }

  void append(Row row) {
    active.put(row);
  }

  void advance(long to) {
    Check.that(to == revision + 1, "revision %d follows %d", to, revision);
    revision = to;
  }

  private DiskView openDisk() {
    return java.util.Objects.requireNonNull(disk, "no batch is open");
  }
}
