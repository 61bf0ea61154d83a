package io.quorate.lmdb;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.base.Digest;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/**
 * A store that is built beside the present one from the rows of another member. Nothing of the
 * present one changes until {@link LmdbStore#install}. To be closed, and then all of it is gone
 * unless it was installed; or to be suspended, and then its rows stay on disk for another import to
 * go on from.
 *
 * <p>An import that goes on says first, with {@link #keep}, which of the rows that are there belong
 * to the snapshot; the others go, since a compaction may have come between. So it ends with exactly
 * the rows that one from the beginning would have, and {@link #digest} is over all of them in their
 * order.
 *
 * <p>One thread adds. Any other may close, since the stream that brings a snapshot can end while a
 * chunk of it is still being added: then closing waits for that chunk, and the next one finds the
 * import closed. LMDB itself would write to memory that is no longer mapped.
 */
public final class StoreImport implements AutoCloseable {
  /** Rows written in one transaction, by number and by bytes: other files wait for its sync. */
  private static final int BATCH_ROWS_MAX = 5_000;

  private static final long BATCH_BYTES_MAX = 1L << 20;

  private enum State {
    OPEN,
    SUSPENDED,
    FINISHED,
    CLOSED
  }

  private Path dir;
  private final Generation generation;
  private final LmdbWriter writer;
  private final List<Row> batch = new ArrayList<>();
  private final Digest digest = new Digest(0);
  private final Place resumed;
  private Place kept = Place.START;
  private long batchBytes;
  private long rows;
  private @Nullable StoreMeta meta;
  private State state = State.OPEN;

  /** An import into {@code dir}, which holds nothing above {@code resumed}. */
  StoreImport(Path dir, long mapBytes, Place resumed) {
    this.dir = dir;
    // Half as many syncs, which others of this disk wait for; end() makes up for it.
    this.generation = Generation.building(dir, mapBytes);
    this.writer = new LmdbWriter(generation);
    this.resumed = resumed;
    // They come anew, and what is there may be of another moment.
    try (Txn<ByteBuffer> txn = generation.env().txnWrite()) {
      generation.small().drop(txn, false);
      txn.commit();
    }
  }

  /** Adds the next row in the order of revisions. */
  public synchronized void add(Row row) {
    checkOpen();
    Check.that(kept.compareTo(resumed) >= 0, "rows up to %s are neither kept nor dropped", resumed);
    batch.add(row);
    rows++;
    row.addTo(digest);
    batchBytes += row.countedBytes();
    if (batch.size() >= BATCH_ROWS_MAX || batchBytes >= BATCH_BYTES_MAX) {
      flush();
    }
  }

  /**
   * Of the rows that are there, above those that were spoken of before and not above {@code to},
   * keeps those at {@code places} and drops the others.
   *
   * @param places ascending
   * @throws IllegalStateException when one of them is not there
   */
  public synchronized void keep(List<Place> places, Place to) {
    checkOpen();
    Iterator<Place> left = places.iterator();
    Place next = left.hasNext() ? left.next() : null;
    List<Row> outdated = new ArrayList<>();
    do {
      outdated.clear();
      try (Txn<ByteBuffer> txn = generation.env().txnRead();
          Cursor<ByteBuffer> cursor = generation.revs().openCursor(txn)) {
        RowCodec codec = new RowCodec();
        ByteBuffer from = new LmdbKeys().ofRevision(kept.main(), kept.sub() + 1);
        boolean found = cursor.get(from, GetOp.MDB_SET_RANGE);
        while (found && outdated.size() < BATCH_ROWS_MAX) {
          Row row = codec.decode(cursor.key(), cursor.val());
          Place place = new Place(row.main(), row.sub());
          if (place.compareTo(to) > 0) {
            break;
          }
          if (place.equals(next)) {
            rows++;
            row.addTo(digest);
            next = left.hasNext() ? left.next() : null;
          } else {
            outdated.add(row);
          }
          kept = place;
          found = cursor.next();
        }
      }
      remove(outdated);
    } while (outdated.size() == BATCH_ROWS_MAX);
    Check.that(next == null, "row %s is not there", next);
    kept = to;
  }

  private void remove(List<Row> outdated) {
    if (!outdated.isEmpty()) {
      try (Txn<ByteBuffer> txn = generation.env().txnWrite()) {
        outdated.forEach(row -> writer.remove(txn, row));
        txn.commit();
      }
    }
  }

  /** Adds rows of a small table. */
  public synchronized void add(Table table, List<Entry> entries) {
    checkOpen();
    try (Txn<ByteBuffer> txn = generation.env().txnWrite()) {
      for (Entry entry : entries) {
        writer.putTable(txn, table, entry.key(), entry.value());
        if (table == Table.META && entry.key().equals(LmdbStore.META_STATE)) {
          meta = StoreMeta.decode(entry.value());
        }
      }
      txn.commit();
    }
  }

  /**
   * A row of a small table.
   *
   * @param key its key within the table
   * @param value its value
   */
  public record Entry(Bytes key, Bytes value) {}

  private void flush() {
    try (Txn<ByteBuffer> txn = generation.env().txnWrite()) {
      writer.putRows(txn, batch);
      txn.commit();
    }
    batch.clear();
    batchBytes = 0;
  }

  /**
   * All rows were added and are durable now.
   *
   * @throws UncheckedIOException when it cannot be renamed to what is not gone on from
   */
  public synchronized void finish() {
    checkOpen();
    flush();
    Check.that(meta != null, "an imported store says nothing of itself");
    StoreMeta state = Objects.requireNonNull(meta);
    add(Table.META, List.of(LmdbStore.installedMark(state.appliedIndex())));
    end(State.FINISHED);
    try {
      dir = Generations.completeImport(dir);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends this import, and leaves what it has on disk for {@link LmdbStore#resumeImport}. */
  public synchronized void suspend() {
    if (state == State.OPEN) {
      flush();
      end(State.SUSPENDED);
    }
  }

  /** How many rows were added and kept. */
  public synchronized long rows() {
    return rows;
  }

  /** The digest of all rows that were added and kept, in their order. */
  public synchronized long digest() {
    return digest.value();
  }

  Path dir() {
    return dir;
  }

  @Override
  public synchronized void close() {
    if (state == State.SUSPENDED) {
      // Somebody else may be going on from it.
      return;
    }
    if (state == State.OPEN) {
      end(State.CLOSED);
    }
    try {
      Generations.remove(dir);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void checkOpen() {
    if (state != State.OPEN) {
      throw new IllegalStateException("the import was closed");
    }
  }

  private void end(State next) {
    state = next;
    if (next != State.CLOSED) {
      generation.env().sync(true);
    }
    generation.release();
  }
}
