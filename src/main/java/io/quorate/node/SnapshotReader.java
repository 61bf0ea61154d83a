package io.quorate.node;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.base.Digest;
import io.quorate.lmdb.LmdbStore;
import io.quorate.lmdb.Place;
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
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * The chunks of a snapshot, read one by one. What the snapshot holds is settled by the checkpoint
 * that it begins with: the small tables are read at once, rows of keys up to its revision are the
 * same in every later view while nothing is compacted away. So no view stays open between chunks. A
 * compaction that waited too long breaks the hold, and with it the snapshot. Blocks; for one thread
 * at a time.
 */
final class SnapshotReader implements Iterator<Bytes>, AutoCloseable {
  private static final int CHUNK_BYTES = 256 * 1024;

  /** How many bytes of rows one chunk speaks of that the receiver has already. */
  private static final int KEPT_BYTES = 4 * CHUNK_BYTES;

  /** How long compaction waits for a snapshot; the log is kept for it as long as it fits. */
  private static final Duration HOLD_MAX = Duration.ofHours(1);

  private final LmdbStore disk;
  private final CompactionHold.Hold hold;
  private final Deque<Bytes> tables = new ArrayDeque<>();
  private final StoreMeta meta;
  private final Place resumed;
  private final Digest digest = new Digest(0);
  private Place last = Place.START;
  private long rows;
  private long rowsSent;
  private boolean rowsRead;
  private boolean ended;

  /**
   * Forces a checkpoint and begins to read it.
   *
   * @param held see {@link #SnapshotReader}
   * @return a reader that is to be closed
   */
  static CompletionStage<SnapshotReader> open(Node node, Place held) {
    // First the hold, then the barrier: else a step of a compaction that has begun before could
    // take rows from between the chunks.
    CompactionHold.Hold hold = hold(node.compactionHold());
    return node.checkpoint()
        .thenCompose(index -> Checkpointer.barrier(node.checkpointer()))
        .thenApplyAsync(done -> new SnapshotReader(node.disk(), hold, held), node.readerPool())
        .whenComplete(
            (reader, failure) -> {
              if (failure != null) {
                hold.close();
              }
            });
  }

  /** No row may go, not even one that is outdated: others of its key lead to it. */
  static CompactionHold.Hold hold(CompactionHold holds) {
    return holds.take(1, HOLD_MAX.toNanos());
  }

  /**
   * A reader of the newest checkpoint.
   *
   * @param hold a {@link #hold} behind which no step of a compaction is still under way; closed
   *     with the reader
   * @param held the last row that the receiver has; rows up to there are only named, unless it has
   *     some that are not in the snapshot
   */
  SnapshotReader(LmdbStore disk, CompactionHold.Hold hold, Place held) {
    this.disk = disk;
    this.hold = hold;
    List<StoreMeta> found = new ArrayList<>(1);
    try (DiskView view = disk.open()) {
      for (Table table : Table.values()) {
        readTable(view, table, found);
      }
    }
    meta = found.get(0);
    resumed = held.main() <= meta.revision() ? held : Place.START;
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
    return metaOf(meta);
  }

  /** What consensus needs to know of a checkpoint. */
  static SnapshotMeta metaOf(StoreMeta checkpoint) {
    return new SnapshotMeta(
        checkpoint.appliedIndex(), checkpoint.appliedTerm(), checkpoint.membership());
  }

  /** The last row that is only named. */
  Place resumed() {
    return resumed;
  }

  /** How many rows it gave, not counting those that it named. */
  long rowsSent() {
    return rowsSent;
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
    if (last.compareTo(resumed) < 0) {
      return nextKept();
    }
    List<Row> chunk = rowsRead ? List.of() : nextRows();
    if (!chunk.isEmpty()) {
      return SnapshotCodec.rows(chunk);
    }
    ended = true;
    return SnapshotCodec.end(rows, digest.value());
  }

  @Override
  public void close() {
    hold.close();
  }

  private Bytes nextKept() {
    List<Place> places = new ArrayList<>();
    long[] bytes = {0};
    boolean more =
        read(
            row -> {
              if (placeOf(row).compareTo(resumed) > 0) {
                return false;
              }
              places.add(placeOf(row));
              bytes[0] += row.countedBytes();
              return true;
            },
            () -> bytes[0] < KEPT_BYTES);
    if (!more) {
      last = resumed;
    }
    return SnapshotCodec.kept(places, last, digest.value());
  }

  private List<Row> nextRows() {
    List<Row> chunk = new ArrayList<>();
    long[] bytes = {0};
    boolean more =
        read(
            row -> {
              if (row.main() > meta.revision()) {
                return false;
              }
              chunk.add(row);
              bytes[0] += row.countedBytes();
              return true;
            },
            () -> bytes[0] < CHUNK_BYTES);
    rowsRead = !more;
    rowsSent += chunk.size();
    return chunk;
  }

  private static Place placeOf(Row row) {
    return new Place(row.main(), row.sub());
  }

  /**
   * Gives the rows that follow to {@code taker} while there is {@code room}, until it does not take
   * one; whether it took all that it was given.
   */
  private boolean read(Predicate<Row> taker, BooleanSupplier room) {
    boolean more = true;
    try (DiskView view = disk.open();
        DiskView.RevisionCursor cursor = view.revisions(last.main())) {
      while (more && room.getAsBoolean()) {
        more = cursor.next();
        Row row = more ? cursor.row() : null;
        if (row != null && placeOf(row).compareTo(last) > 0) {
          more = taker.test(row);
          if (more) {
            last = placeOf(row);
            rows++;
            row.addTo(digest);
          }
        }
      }
    }
    if (hold.isBroken()) {
      throw new IllegalStateException("a compaction could not wait for the snapshot any longer");
    }
    return more;
  }
}
