package io.quorate.lmdb;

import io.quorate.base.Bytes;
import io.quorate.mvcc.DiskView.KeyCursor;
import io.quorate.mvcc.DiskView.RevisionCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.Txn;

/**
 * Reads a store from end to end: every row of every table, with its checksum where it has one. LMDB
 * believes what its pages say of each other, so that a damaged one can lead it anywhere: what reads
 * here must be able to afford a crash of the process. Blocks, for as long as the disk needs for all
 * of the store.
 */
public final class Inspection {
  private Inspection() {}

  /**
   * Reads the store in {@code dir}, which is not open.
   *
   * @param mapBytes the address space to reserve, in bytes
   * @return how many rows there are
   * @throws CorruptStoreException when it is damaged; so may other exceptions say, see {@link
   *     CorruptStoreException#reason}
   * @throws IOException when the directory cannot be read
   */
  public static long run(Path dir, long mapBytes) throws IOException {
    Generation generation = new Generation(Generations.openCurrent(dir), mapBytes);
    generation.retain();
    try (LmdbView view = generation.view()) {
      return rows(generation, view);
    } finally {
      generation.release();
    }
  }

  /** The same for {@code view} of a store that is open, in {@code generation}. */
  static long rows(Generation generation, LmdbView view) {
    try (Txn<ByteBuffer> txn = generation.env().txnRead()) {
      return keys(view, new Count("keys", generation.keys(), txn))
          + revisions(view, new Count("revs", generation.revs(), txn))
          + raw(txn, generation.longKeys(), new Count("long", generation.longKeys(), txn))
          + raw(txn, generation.small(), new Count("small", generation.small(), txn));
    }
  }

  /** Rows that were read, against those that the table says it has: pages may go round in rings. */
  private static final class Count {
    private final String table;
    private final long entries;
    private long read;

    Count(String table, Dbi<ByteBuffer> dbi, Txn<ByteBuffer> txn) {
      this.table = table;
      this.entries = dbi.stat(txn).entries;
    }

    void one() {
      read++;
      if (read > entries) {
        throw new CorruptStoreException(
            "table " + table + " has more rows than the " + entries + " that it says it has");
      }
    }

    long all() {
      if (read != entries) {
        throw new CorruptStoreException(
            "table " + table + " says it has " + entries + " rows, and has " + read);
      }
      return read;
    }
  }

  private static long keys(LmdbView view, Count count) {
    try (KeyCursor cursor = view.shortKeys()) {
      while (cursor.next()) {
        count.one();
        cursor.row(true);
      }
    }
    return count.all();
  }

  private static long revisions(LmdbView view, Count count) {
    try (RevisionCursor cursor = view.revisions(0)) {
      while (cursor.next()) {
        count.one();
        cursor.row();
      }
    }
    return count.all();
  }

  private static long raw(Txn<ByteBuffer> txn, Dbi<ByteBuffer> dbi, Count count) {
    try (Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
      for (boolean found = cursor.first(); found; found = cursor.next()) {
        count.one();
        // To touch all its pages.
        Bytes.copyOf(cursor.key());
        Bytes.copyOf(cursor.val());
      }
    }
    return count.all();
  }
}
