package io.quorate.lmdb;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;

/**
 * A store that is built beside the present one from the rows of another member. Nothing of the
 * present one changes until {@link LmdbStore#install}. To be closed, and then all of it is gone
 * unless it was installed.
 *
 * <p>One thread adds. Any other may close, since the stream that brings a snapshot can end while a
 * chunk of it is still being added: then closing waits for that chunk, and the next one finds the
 * import closed. LMDB itself would write to memory that is no longer mapped.
 */
public final class StoreImport implements AutoCloseable {
  /** Rows written in one transaction, by number and by bytes. */
  private static final int BATCH_ROWS_MAX = 20_000;

  private static final long BATCH_BYTES_MAX = 8L << 20;

  private final Path dir;
  private final Generation generation;
  private final LmdbWriter writer;
  private final List<Row> batch = new ArrayList<>();
  private long batchBytes;
  private long rows;
  private @Nullable StoreMeta meta;
  private boolean closed;

  StoreImport(Path dir, long mapBytes) {
    this.dir = dir;
    this.generation = new Generation(dir, mapBytes);
    this.writer = new LmdbWriter(generation);
  }

  /** Adds the next row in the order of revisions. */
  public synchronized void add(Row row) {
    checkOpen();
    batch.add(row);
    rows++;
    batchBytes += row.countedBytes();
    if (batch.size() >= BATCH_ROWS_MAX || batchBytes >= BATCH_BYTES_MAX) {
      flush();
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

  /** All rows were added and are durable now. */
  public synchronized void finish() {
    checkOpen();
    flush();
    Check.that(meta != null, "an imported store says nothing of itself");
    StoreMeta state = Objects.requireNonNull(meta);
    add(Table.META, List.of(LmdbStore.installedMark(state.appliedIndex())));
    close(false);
  }

  /** How many rows were added. */
  public synchronized long rows() {
    return rows;
  }

  Path dir() {
    return dir;
  }

  @Override
  public void close() {
    close(true);
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the import was closed");
    }
  }

  private synchronized void close(boolean remove) {
    if (!closed) {
      closed = true;
      generation.release();
    }
    if (remove) {
      try {
        Generations.remove(dir);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
