package io.quorate.node;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.lmdb.LmdbStore;
import io.quorate.lmdb.StoreImport;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Table;
import io.quorate.raft.SnapshotMeta;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The chunks of a snapshot, read one by one. What the snapshot holds is settled by the checkpoint
 * that it begins with: the small tables are read at once, rows of keys up to its revision are the
 * same in every later view while nothing is compacted away. So no view stays open between chunks. A
 * compaction that waited too long breaks the hold, and with it the snapshot. Blocks; for one thread
 * at a time.
 */
final class SnapshotReader implements Iterator<Bytes> {
  private static final int CHUNK_BYTES = 256 * 1024;

  /** How long compaction waits for a snapshot; the log is kept for it as long as it fits. */
  private static final Duration HOLD_MAX = Duration.ofHours(1);

  private final LmdbStore disk;
  private final CompactionHold.Hold hold;
  private final Deque<Bytes> tables = new ArrayDeque<>();
  private final StoreMeta meta;
  private long lastMain;
  private int lastSub = -1;
  private long rows;
  private boolean rowsRead;
  private boolean ended;

  /** No row may go, not even one that is outdated: others of its key lead to it. */
  static CompactionHold.Hold hold(CompactionHold holds) {
    return holds.take(1, HOLD_MAX.toNanos());
  }

  /**
   * A reader of the newest checkpoint.
   *
   * @param hold a {@link #hold} behind which no step of a compaction is still under way
   */
  SnapshotReader(LmdbStore disk, CompactionHold.Hold hold) {
    this.disk = disk;
    this.hold = hold;
    List<StoreMeta> found = new ArrayList<>(1);
    try (DiskView view = disk.open()) {
      for (Table table : Table.values()) {
        readTable(view, table, found);
      }
    }
    meta = found.get(0);
  }

  private void readTable(DiskView view, Table table, List<StoreMeta> found) {
    List<StoreImport.Entry> entries = new ArrayList<>();
    long[] bytes = {0};
    view.scan(
        table,
        Bytes.EMPTY,
        (key, value) -> {
          entries.add(new StoreImport.Entry(key, value));
          if (table == Table.META && LmdbStore.isState(key)) {
            found.add(StoreMeta.decode(value));
          }
          bytes[0] += (long) key.size() + value.size();
          if (bytes[0] >= CHUNK_BYTES) {
            tables.add(SnapshotCodec.table(table, entries));
            entries.clear();
            bytes[0] = 0;
          }
          return true;
        });
    if (!entries.isEmpty()) {
      tables.add(SnapshotCodec.table(table, entries));
    }
  }

  /** What consensus needs to know of the snapshot. */
  SnapshotMeta snapshotMeta() {
    return new SnapshotMeta(meta.appliedIndex(), meta.appliedTerm(), meta.membership());
  }

  @Override
  public boolean hasNext() {
    return !ended;
  }

  @Override
  public Bytes next() {
    if (ended) {
      throw new NoSuchElementException();
    }
    Bytes table = tables.poll();
    if (table != null) {
      return table;
    }
    List<Row> chunk = rowsRead ? List.of() : readRows();
    if (!chunk.isEmpty()) {
      return SnapshotCodec.rows(chunk);
    }
    ended = true;
    return SnapshotCodec.end(rows);
  }

  private List<Row> readRows() {
    List<Row> chunk = new ArrayList<>();
    long bytes = 0;
    try (DiskView view = disk.open();
        DiskView.RevisionCursor cursor = view.revisions(lastMain)) {
      while (bytes < CHUNK_BYTES) {
        if (!cursor.next() || cursor.main() > meta.revision()) {
          rowsRead = true;
          break;
        }
        Row row = cursor.row();
        if (row.main() > lastMain || row.sub() > lastSub) {
          chunk.add(row);
          bytes += row.countedBytes();
          lastMain = row.main();
          lastSub = row.sub();
        }
      }
    }
    if (hold.isBroken()) {
      throw new IllegalStateException("a compaction could not wait for the snapshot any longer");
    }
    rows += chunk.size();
    return chunk;
  }
}
