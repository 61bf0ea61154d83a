package io.quorate.lmdb;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.mvcc.DiskView.KeyCursor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;

/** The store in the file of a snapshot, opened where it lies and never written. One thread. */
final class SnapshotReading implements AutoCloseable {
  /** After how many bytes of rows it is told how far it has come. */
  private static final long TELL_BYTES = 1L << 20;

  private final Path file;
  private final long bytes;
  private final Generation generation;

  /** Opens the store that the first {@code bytes} of {@code file} are. */
  SnapshotReading(Path file, long bytes) throws BadSnapshotException {
    this.file = file;
    this.bytes = bytes;
    try {
      this.generation = Generation.reading(file, bytes);
    } catch (LmdbException e) {
      // A file of LMDB without our tables, or with damaged ones.
      throw foreign(e);
    }
  }

  private BadSnapshotException foreign(RuntimeException e) {
    return new BadSnapshotException(
        "snapshot " + file + " is not one of Quorate: " + e.getMessage());
  }

  SnapshotFile.Facts facts(LongConsumer progress) throws BadSnapshotException {
    generation.retain();
    try (LmdbView view = generation.view()) {
      StoreMeta state = state(view);
      long hash = hash(progress);
      Inspection.rows(generation, view);
      return new SnapshotFile.Facts(hash, state.revision(), countKeys(view), bytes);
    } catch (CorruptStoreException | LmdbException e) {
      throw new BadSnapshotException(
          "snapshot file integrity check failed. 1 errors found: " + e.getMessage());
    }
  }

  private StoreMeta state(LmdbView view) throws BadSnapshotException {
    StoreMeta state;
    try {
      state = view.state();
    } catch (IllegalArgumentException e) {
      throw foreign(e);
    }
    if (state == null) {
      throw new BadSnapshotException(
          "snapshot " + file + " is not one of Quorate: its store says nothing of itself");
    }
    return state;
  }

  /** Over the name of each table, and the keys and values in it, as etcd does. */
  private long hash(LongConsumer progress) {
    Map<String, Dbi<ByteBuffer>> tables =
        new TreeMap<>(
            Map.of(
                "keys", generation.keys(),
                "long", generation.longKeys(),
                "revs", generation.revs(),
                "small", generation.small()));
    CRC32C crc = new CRC32C();
    long read = 0;
    long told = 0;
    try (Txn<ByteBuffer> txn = generation.env().txnRead()) {
      for (Map.Entry<String, Dbi<ByteBuffer>> table : tables.entrySet()) {
        crc.update(table.getKey().getBytes(StandardCharsets.US_ASCII));
        try (Cursor<ByteBuffer> cursor = table.getValue().openCursor(txn)) {
          for (boolean found = cursor.first(); found; found = cursor.next()) {
            read += cursor.key().remaining() + cursor.val().remaining();
            crc.update(cursor.key().duplicate());
            crc.update(cursor.val().duplicate());
            if (read - told >= TELL_BYTES) {
              told = read;
              progress.accept(Math.min(read, bytes));
            }
          }
        }
      }
    }
    progress.accept(bytes);
    return crc.getValue();
  }

  private static long countKeys(LmdbView view) {
    long count = 0;
    try (KeyCursor keys = view.keys(Bytes.EMPTY, null)) {
      while (keys.next()) {
        count += keys.row(false).isDeleted() ? 0 : 1;
      }
    }
    return count;
  }

  @Override
  public void close() {
    generation.release();
  }
}
