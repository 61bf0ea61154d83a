package io.quorate.lmdb;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Table;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/** A read transaction of the pool: renewed when it is taken, reset when it is closed. */
final class LmdbView implements DiskView {
  private final Generation generation;
  private final Txn<ByteBuffer> txn;
  private final LmdbKeys keys = new LmdbKeys();
  private final RowCodec codec = new RowCodec();

  LmdbView(Generation generation) {
    this.generation = generation;
    this.txn = generation.env().txnRead();
  }

  void renew() {
    txn.renew();
  }

  void dispose() {
    txn.close();
  }

  @Override
  public void close() {
    txn.reset();
    generation.giveBack(this);
  }

  @Override
  public @Nullable Row newest(Bytes key) {
    if (LmdbKeys.isLong(key)) {
      LongKeys.Place place = LongKeys.find(generation, txn, key);
      return place == null ? null : at(place.main(), place.sub());
    }
    ByteBuffer lmdbKey = keys.ofKey(key);
    ByteBuffer found = generation.keys().get(txn, lmdbKey);
    if (found == null) {
      return null;
    }
    Row row = codec.decode(lmdbKey, found, key, true);
    return RowCodec.isWhole(found) ? row : whole(row);
  }

  @Override
  public @Nullable Row at(long main, int sub) {
    ByteBuffer lmdbKey = keys.ofRevision(main, sub);
    ByteBuffer found = generation.revs().get(txn, lmdbKey);
    return found == null ? null : codec.decode(lmdbKey, found);
  }

  private Row whole(Row row) {
    Row found = at(row.main(), row.sub());
    if (found == null) {
      throw new CorruptStoreException(
          "key " + row.key() + " points to revision " + row.main() + ", which is not there");
    }
    return found;
  }

  @Override
  public KeyCursor keys(Bytes from, @Nullable Bytes to) {
    KeyCursor shorts = new ShortKeys(from, to);
    return LongKeys.isEmpty(generation, txn)
        ? shorts
        : new MergedKeys(shorts, LongKeys.walk(generation, txn, from, to, this::at));
  }

  @Override
  public RevisionCursor revisions(long main) {
    return new Revisions(main);
  }

  /** All of table {@code keys}, which holds the keys that are not long. */
  KeyCursor shortKeys() {
    return new ShortKeys(Bytes.EMPTY, null);
  }

  /** What the store says of itself; null if it says nothing. */
  @Nullable StoreMeta state() {
    List<StoreMeta> found = new ArrayList<>(1);
    scan(
        Table.META,
        LmdbStore.META_STATE,
        (key, value) -> {
          found.add(StoreMeta.decode(value));
          return false;
        });
    return found.isEmpty() ? null : found.get(0);
  }

  /** Where the last row lies; null if there is none. */
  @Nullable Place last() {
    try (Cursor<ByteBuffer> cursor = generation.revs().openCursor(txn)) {
      return cursor.last()
          ? new Place(LmdbKeys.main(cursor.key()), LmdbKeys.sub(cursor.key()))
          : null;
    }
  }

  @Override
  public void scan(Table table, Bytes prefix, BiPredicate<Bytes, Bytes> visitor) {
    try (Cursor<ByteBuffer> cursor = generation.small().openCursor(txn)) {
      boolean found = cursor.get(keys.ofTable(table, prefix), GetOp.MDB_SET_RANGE);
      while (found && LmdbKeys.isOf(cursor.key(), table)) {
        Bytes key = LmdbKeys.toTableKey(cursor.key());
        if (!key.startsWith(prefix) || !visitor.test(key, Bytes.copyOf(cursor.val()))) {
          return;
        }
        found = cursor.next();
      }
    }
  }

  /** Walks table {@code keys}. */
  private final class ShortKeys implements KeyCursor {
    private final Cursor<ByteBuffer> cursor = generation.keys().openCursor(txn);
    private final Bytes from;
    private final @Nullable Bytes to;
    private boolean started;

    ShortKeys(Bytes from, @Nullable Bytes to) {
      this.from = from;
      this.to = to;
    }

    @Override
    public boolean next() {
      boolean found;
      if (started) {
        found = cursor.next();
      } else {
        started = true;
        found = cursor.get(keys.ofKeyPrefix(from), GetOp.MDB_SET_RANGE);
        if (found && LmdbKeys.compare(cursor.key(), from) < 0) {
          // Only of a long bound its first bytes were sought.
          found = cursor.next();
        }
      }
      return found && (to == null || LmdbKeys.compare(cursor.key(), to) < 0);
    }

    @Override
    public int compareKey(Bytes other) {
      return LmdbKeys.compare(cursor.key(), other);
    }

    @Override
    public long main() {
      return codec.main(cursor.val());
    }

    @Override
    public boolean isDeleted() {
      return RowCodec.isDeleted(cursor.val());
    }

    @Override
    public Row row(boolean withValue) {
      ByteBuffer found = cursor.val();
      Row row = codec.decode(cursor.key(), found, LmdbKeys.toKey(cursor.key()), withValue);
      return !withValue || RowCodec.isWhole(found) ? row : whole(row);
    }

    @Override
    public void close() {
      cursor.close();
    }
  }

  /** Walks table {@code revs}. */
  private final class Revisions implements RevisionCursor {
    private final Cursor<ByteBuffer> cursor = generation.revs().openCursor(txn);
    private final long from;
    private boolean started;

    Revisions(long from) {
      this.from = from;
    }

    @Override
    public boolean next() {
      if (started) {
        return cursor.next();
      }
      started = true;
      return cursor.get(keys.ofRevision(from, 0), GetOp.MDB_SET_RANGE);
    }

    @Override
    public long main() {
      return LmdbKeys.main(cursor.key());
    }

    @Override
    public Row row() {
      return codec.decode(cursor.key(), cursor.val());
    }

    @Override
    public void close() {
      cursor.close();
    }
  }
}
