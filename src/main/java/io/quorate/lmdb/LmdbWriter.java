package io.quorate.lmdb;

import static org.lmdbjava.PutFlags.MDB_APPEND;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Table;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Txn;

/** Writes rows into one generation. Used by the writer's thread, within its transactions. */
final class LmdbWriter {
  /** Rows carried over to a new generation in one transaction. */
  private static final int CATCH_UP_ROWS_MAX = 20_000;

  private final Generation generation;
  private final LmdbKeys keys = new LmdbKeys();
  private final RowCodec codec = new RowCodec();

  LmdbWriter(Generation generation) {
    this.generation = generation;
  }

  void putHalf(Txn<ByteBuffer> txn, Half half) {
    try (Cursor<ByteBuffer> cursor = generation.keys().openCursor(txn)) {
      half.forEachKey(row -> putKey(txn, cursor, row));
    }
    try (Cursor<ByteBuffer> cursor = generation.revs().openCursor(txn)) {
      half.forEachRevision(row -> putRevision(cursor, row));
    }
    for (Table table : Table.values()) {
      half.changes(table).forEach((key, value) -> putTable(txn, table, key, value));
    }
  }

  void putMeta(Txn<ByteBuffer> txn, Bytes name, Bytes value) {
    putTable(txn, Table.META, name, value);
  }

  /** Writes rows that follow all that are there, in the order of revisions. */
  void putRows(Txn<ByteBuffer> txn, List<Row> rows) {
    try (Cursor<ByteBuffer> keyCursor = generation.keys().openCursor(txn);
        Cursor<ByteBuffer> revCursor = generation.revs().openCursor(txn)) {
      for (Row row : rows) {
        putKey(txn, keyCursor, row);
        putRevision(revCursor, row);
      }
    }
  }

  /** Removes a row, and its key where it is the newest of it. */
  void remove(Txn<ByteBuffer> txn, Row row) {
    generation.revs().delete(txn, keys.ofRevision(row.main(), row.sub()));
    removeKey(txn, row);
  }

  /** Removes the key of {@code row} where that is the newest row of it. */
  void removeKey(Txn<ByteBuffer> txn, Row row) {
    if (LmdbKeys.isLong(row.key())) {
      LongKeys.remove(generation, txn, row.key(), row.main());
      return;
    }
    ByteBuffer key = keys.ofKey(row.key());
    ByteBuffer newest = generation.keys().get(txn, key);
    if (newest != null && codec.main(newest) == row.main()) {
      generation.keys().delete(txn, key);
    }
  }

  private void putKey(Txn<ByteBuffer> txn, Cursor<ByteBuffer> cursor, Row row) {
    if (LmdbKeys.isLong(row.key())) {
      LongKeys.put(generation, txn, row);
      return;
    }
    ByteBuffer lmdbKey = keys.ofKey(row.key());
    boolean inline = row.kv().value().size() <= RowCodec.VALUE_INLINE_BYTES_MAX;
    cursor.put(lmdbKey, codec.encode(lmdbKey, row, false, inline && !row.isDeleted()));
  }

  private void putRevision(Cursor<ByteBuffer> cursor, Row row) {
    ByteBuffer lmdbKey = keys.ofRevision(row.main(), row.sub());
    cursor.put(lmdbKey, codec.encode(lmdbKey, row, true, !row.isDeleted()), MDB_APPEND);
  }

  void putTable(Txn<ByteBuffer> txn, Table table, Bytes key, @Nullable Bytes value) {
    if (value == null) {
      generation.small().delete(txn, keys.ofTable(table, key));
    } else {
      ByteBuffer bytes = ByteBuffer.allocateDirect(value.size()).put(value.unsafeArray()).flip();
      generation.small().put(txn, keys.ofTable(table, key), bytes);
    }
  }

  /** Makes this generation, a copy of an older state of {@code source}, equal to it. */
  void catchUp(DiskView source) {
    try (DiskView.RevisionCursor rows = source.revisions(revisionHere() + 1)) {
      boolean more = rows.next();
      while (more) {
        try (Txn<ByteBuffer> txn = generation.env().txnWrite()) {
          more = carryOver(txn, rows);
          txn.commit();
        }
      }
    }
    try (Txn<ByteBuffer> txn = generation.env().txnWrite()) {
      generation.small().drop(txn, false);
      for (Table table : Table.values()) {
        source.scan(
            table,
            Bytes.EMPTY,
            (key, value) -> {
              putTable(txn, table, key, value);
              return true;
            });
      }
      txn.commit();
    }
  }

  /** Writes the row under the cursor and those that follow, up to a bound; whether more do. */
  private boolean carryOver(Txn<ByteBuffer> txn, DiskView.RevisionCursor rows) {
    try (Cursor<ByteBuffer> keyCursor = generation.keys().openCursor(txn);
        Cursor<ByteBuffer> revCursor = generation.revs().openCursor(txn)) {
      for (int i = 0; i < CATCH_UP_ROWS_MAX; i++) {
        Row row = rows.row();
        putKey(txn, keyCursor, row);
        putRevision(revCursor, row);
        if (!rows.next()) {
          return false;
        }
      }
      return true;
    }
  }

  private long revisionHere() {
    generation.retain();
    try (LmdbView view = generation.view()) {
      StoreMeta state = view.state();
      return state == null ? 0 : state.revision();
    }
  }
}
