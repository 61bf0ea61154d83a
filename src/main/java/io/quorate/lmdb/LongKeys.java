package io.quorate.lmdb;

import io.quorate.base.Bytes;
import io.quorate.mvcc.DiskView.KeyCursor;
import io.quorate.mvcc.Row;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/**
 * Table {@code long}: user keys too long for LMDB. Those that share their first {@value
 * #PREFIX_BYTES} bytes lie in a row of buckets, each a sorted list of (rest of the key, newest
 * revision); values stay in {@code revs}.
 *
 * <p>A bucket's LMDB key ends with its ordinal. Ordinals grow with the keys but say nothing else,
 * so that a bucket splits by giving its upper half an ordinal between its own and the next one's;
 * when there is none left, the prefix's buckets are numbered anew. A bucket is found by bisecting
 * the ordinals: at most 64 seeks.
 */
final class LongKeys {
  /** How much of a key is part of the LMDB key, in bytes. */
  static final int PREFIX_BYTES = 480;

  private static final long ORDINAL_FIRST = 1L << 40;
  private static final long ORDINAL_STEP = 1L << 32;

  /** The newest revision of a long key. */
  record Place(Bytes rest, long main, int sub, boolean deleted) {}

  /** One bucket as it was read. */
  private record Located(long ordinal, List<Place> places) {}

  private LongKeys() {}

  static boolean isEmpty(Generation generation, Txn<ByteBuffer> txn) {
    return generation.longKeys().stat(txn).entries == 0;
  }

  static @Nullable Place find(Generation generation, Txn<ByteBuffer> txn, Bytes key) {
    try (Cursor<ByteBuffer> cursor = generation.longKeys().openCursor(txn)) {
      Located bucket = locate(cursor, key);
      if (bucket == null) {
        return null;
      }
      int index = Bucket.indexOf(bucket.places(), restOf(key));
      return index < 0 ? null : bucket.places().get(index);
    }
  }

  /** Makes ({@code row}'s revision) the newest of its key. */
  static void put(Generation generation, Txn<ByteBuffer> txn, Row row) {
    Bytes key = row.key();
    Place place = new Place(restOf(key), row.main(), row.sub(), row.isDeleted());
    try (Cursor<ByteBuffer> cursor = generation.longKeys().openCursor(txn)) {
      Located bucket = locate(cursor, key);
      if (bucket == null) {
        store(generation, txn, key, ORDINAL_FIRST, List.of(place));
        return;
      }
      List<Place> places = bucket.places();
      int index = Bucket.indexOf(places, place.rest());
      if (index >= 0) {
        places.set(index, place);
      } else {
        places.add(-index - 1, place);
      }
      if (places.size() == 1 || Bucket.sizeOf(places) <= Bucket.BYTES_MAX) {
        store(generation, txn, key, bucket.ordinal(), places);
      } else {
        split(generation, txn, cursor, key, bucket);
      }
    }
  }

  /** Forgets {@code key} if revision {@code main} is still its newest. */
  static void remove(Generation generation, Txn<ByteBuffer> txn, Bytes key, long main) {
    try (Cursor<ByteBuffer> cursor = generation.longKeys().openCursor(txn)) {
      Located bucket = locate(cursor, key);
      int index = bucket == null ? -1 : Bucket.indexOf(bucket.places(), restOf(key));
      if (bucket == null || index < 0 || bucket.places().get(index).main() != main) {
        return;
      }
      bucket.places().remove(index);
      if (bucket.places().isEmpty()) {
        generation.longKeys().delete(txn, lmdbKey(key, bucket.ordinal()));
      } else {
        store(generation, txn, key, bucket.ordinal(), bucket.places());
      }
    }
  }

  private static void split(
      Generation generation,
      Txn<ByteBuffer> txn,
      Cursor<ByteBuffer> cursor,
      Bytes key,
      Located bucket) {
    int half = bucket.places().size() / 2;
    long next = ordinalAfter(cursor, key, bucket.ordinal());
    long upper =
        next == Long.MAX_VALUE
            ? bucket.ordinal() + ORDINAL_STEP
            : bucket.ordinal() + (next - bucket.ordinal()) / 2;
    if (upper == bucket.ordinal() || upper < 0) {
      renumber(generation, txn, cursor, key);
      Located again = java.util.Objects.requireNonNull(locate(cursor, key));
      split(generation, txn, cursor, key, new Located(again.ordinal(), bucket.places()));
      return;
    }
    store(generation, txn, key, bucket.ordinal(), bucket.places().subList(0, half));
    store(generation, txn, key, upper, bucket.places().subList(half, bucket.places().size()));
  }

  private static void renumber(
      Generation generation, Txn<ByteBuffer> txn, Cursor<ByteBuffer> cursor, Bytes key) {
    List<List<Place>> all = new ArrayList<>();
    List<Long> ordinals = new ArrayList<>();
    long ordinal = -1;
    while ((ordinal = ordinalAfter(cursor, key, ordinal)) != Long.MAX_VALUE) {
      ordinals.add(ordinal);
      all.add(Bucket.decode(cursor.key(), cursor.val()));
    }
    for (long old : ordinals) {
      generation.longKeys().delete(txn, lmdbKey(key, old));
    }
    long fresh = ORDINAL_FIRST;
    for (List<Place> places : all) {
      store(generation, txn, key, fresh, places);
      fresh += ORDINAL_STEP;
    }
  }

  private static void store(
      Generation generation, Txn<ByteBuffer> txn, Bytes key, long ordinal, List<Place> places) {
    ByteBuffer lmdbKey = lmdbKey(key, ordinal);
    generation.longKeys().put(txn, lmdbKey, Bucket.encode(lmdbKey, places));
  }

  /** The bucket that holds {@code key} or would; null when its prefix has none. */
  private static @Nullable Located locate(Cursor<ByteBuffer> cursor, Bytes key) {
    Bytes rest = restOf(key);
    long low = ordinalAfter(cursor, key, -1);
    if (low == Long.MAX_VALUE) {
      return null;
    }
    // The bucket sought lies at or above ordinal low and below high.
    List<Place> best = Bucket.decode(cursor.key(), cursor.val());
    long high = Long.MAX_VALUE;
    while (low + 1 < high) {
      long middle = low + (high - low) / 2;
      long found = ordinalAfter(cursor, key, middle - 1);
      if (found >= high) {
        high = middle;
        continue;
      }
      List<Place> places = Bucket.decode(cursor.key(), cursor.val());
      if (places.get(0).rest().compareTo(rest) <= 0) {
        low = found;
        best = places;
      } else {
        high = middle;
      }
    }
    return new Located(low, best);
  }

  /** Moves to the first bucket of the prefix above {@code ordinal}; its ordinal, or the maximum. */
  private static long ordinalAfter(Cursor<ByteBuffer> cursor, Bytes key, long ordinal) {
    ByteBuffer sought = lmdbKey(key, ordinal + 1);
    if (!cursor.get(sought, GetOp.MDB_SET_RANGE)) {
      return Long.MAX_VALUE;
    }
    ByteBuffer found = cursor.key();
    int prefixBytes = Integer.BYTES + PREFIX_BYTES;
    ByteBuffer foundPrefix = found.duplicate().limit(found.position() + prefixBytes);
    if (!foundPrefix.equals(sought.duplicate().position(0).limit(prefixBytes))) {
      return Long.MAX_VALUE;
    }
    return found.getLong(found.position() + prefixBytes);
  }

  private static ByteBuffer lmdbKey(Bytes key, long ordinal) {
    return ByteBuffer.allocateDirect(Integer.BYTES + PREFIX_BYTES + Long.BYTES)
        .putInt(0)
        .put(key.unsafeArray(), 0, PREFIX_BYTES)
        .putLong(ordinal)
        .flip();
  }

  private static Bytes restOf(Bytes key) {
    return key.slice(PREFIX_BYTES, key.size());
  }

  /** Reads rows by revision. */
  interface RowReader {
    @Nullable Row at(long main, int sub);
  }

  static Walk walk(
      Generation generation, Txn<ByteBuffer> txn, Bytes from, @Nullable Bytes to, RowReader rows) {
    return new Walk(generation.longKeys().openCursor(txn), from, to, rows);
  }

  /** Walks the long keys from one on and below another, in order. */
  static final class Walk implements KeyCursor {
    private final Cursor<ByteBuffer> cursor;
    private final Bytes from;
    private final @Nullable Bytes to;
    private final RowReader rows;
    private boolean started;
    private Bytes prefix = Bytes.EMPTY;
    private List<Place> places = List.of();
    private int index;
    private Bytes key = Bytes.EMPTY;

    private Walk(Cursor<ByteBuffer> cursor, Bytes from, @Nullable Bytes to, RowReader rows) {
      this.cursor = cursor;
      this.from = from;
      this.to = to;
      this.rows = rows;
    }

    Bytes key() {
      return key;
    }

    @Override
    public boolean next() {
      boolean found = started ? step() : start();
      while (found && key.compareTo(from) < 0) {
        found = step();
      }
      return found && (to == null || key.compareTo(to) < 0);
    }

    private boolean start() {
      started = true;
      boolean found;
      if (from.size() > PREFIX_BYTES) {
        Located bucket = locate(cursor, from);
        found =
            cursor.get(lmdbKey(from, bucket == null ? 0 : bucket.ordinal()), GetOp.MDB_SET_RANGE);
      } else {
        LmdbKeys keys = new LmdbKeys();
        found = cursor.get(keys.ofKeyPrefix(from), GetOp.MDB_SET_RANGE);
      }
      return found && open();
    }

    private boolean step() {
      index++;
      if (index < places.size()) {
        return take();
      }
      return cursor.next() && open();
    }

    private boolean open() {
      ByteBuffer bucketKey = cursor.key();
      byte[] bytes = new byte[PREFIX_BYTES];
      bucketKey.get(bucketKey.position() + Integer.BYTES, bytes);
      prefix = Bytes.wrap(bytes);
      places = Bucket.decode(bucketKey, cursor.val());
      index = 0;
      return take();
    }

    private boolean take() {
      key = prefix.concat(places.get(index).rest());
      return true;
    }

    @Override
    public int compareKey(Bytes other) {
      return key.compareTo(other);
    }

    @Override
    public long main() {
      return places.get(index).main();
    }

    @Override
    public boolean isDeleted() {
      return places.get(index).deleted();
    }

    @Override
    public Row row(boolean withValue) {
      Place place = places.get(index);
      Row row = rows.at(place.main(), place.sub());
      if (row == null) {
        throw new CorruptStoreException(
            "a long key points to revision " + place.main() + ", which is not there");
      }
      return row;
    }

    @Override
    public void close() {
      cursor.close();
    }
  }
}
