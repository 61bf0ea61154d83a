package io.quorate.node;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.base.Coded;
import io.quorate.link.MessageCodec;
import io.quorate.lmdb.LmdbStore;
import io.quorate.lmdb.Place;
import io.quorate.lmdb.StoreImport;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Table;
import io.quorate.raft.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot between members: a header, then chunks with rows of small tables, then rows of keys in
 * the order of their revisions, then the number and the digest of all rows of keys. Where the
 * receiver has rows of a snapshot that was cut, the header says up to where, and before the first
 * rows come chunks that say only which of those the sender has, too, and the digest up to there: so
 * none is taken that is not the same in both. Each chunk begins with its kind and ends with the
 * CRC-32C of all before.
 */
final class SnapshotCodec {
  private static final int TABLE = 1;
  private static final int ROWS = 2;
  private static final int END = 3;
  private static final int KEPT = 4;
  private static final int CRC_BYTES = Integer.BYTES;

  private SnapshotCodec() {}

  /**
   * What a transfer begins with.
   *
   * @param resumed the last row that the receiver has, or {@link Place#START}
   * @param message what consensus is told once all has come
   */
  record Header(Place resumed, Message.InstallSnapshot message) {
    Bytes encode() {
      return putPlace(new ByteWriter(128), resumed)
          .putBytes(MessageCodec.encode(message))
          .toBytes();
    }

    /** Throws {@link IllegalArgumentException} for anything but a header. */
    static Header decode(Bytes bytes) {
      ByteReader in = new ByteReader(bytes);
      Place resumed = place(in);
      if (MessageCodec.decode(in.getBytes()) instanceof Message.InstallSnapshot message) {
        return new Header(resumed, message);
      }
      throw new IllegalArgumentException("no snapshot");
    }
  }

  /** The last row of what is left of a snapshot that was cut; nothing if nothing is. */
  static Bytes held(LmdbStore.@Nullable Held held) {
    ByteWriter out = new ByteWriter(32);
    return (held == null ? out : putPlace(out, held.last())).toBytes();
  }

  /** The last row of what {@link #held} told, {@link Place#START} if nothing is left. */
  static Place lastHeld(Bytes answer) {
    ByteReader in = new ByteReader(answer);
    return in.isAtEnd() ? Place.START : place(in);
  }

  private static ByteWriter putPlace(ByteWriter out, Place place) {
    return out.putVar(place.main()).putVar(place.sub() + 1);
  }

  private static Place place(ByteReader in) {
    return new Place(in.getVar(), in.getVarInt() - 1);
  }

  /** Rows of one small table. */
  static Bytes table(Table table, List<StoreImport.Entry> entries) {
    ByteWriter out = new ByteWriter(1 << 12).put(TABLE).put(table.code()).putVar(entries.size());
    for (StoreImport.Entry entry : entries) {
      out.putBytes(entry.key()).putBytes(entry.value());
    }
    return sealed(out);
  }

  /** Rows of keys. */
  static Bytes rows(List<Row> rows) {
    ByteWriter out = new ByteWriter(1 << 16).put(ROWS).putVar(rows.size());
    for (Row row : rows) {
      KeyValue kv = row.kv();
      out.putVar(kv.modRevision()).putVar(row.sub());
      out.putVar(kv.createRevision()).putVar(kv.version()).putLong(kv.lease());
      out.putVar(row.prevMain()).putVar(row.prevSub());
      out.putBytes(kv.key()).putBytes(kv.value());
    }
    return sealed(out);
  }

  /**
   * Of the rows that the receiver has, behind those of the chunk before and not behind {@code to},
   * it keeps those at {@code places}; then the digest of all that it has kept is this one.
   */
  static Bytes kept(List<Place> places, Place to, long digest) {
    ByteWriter out = putPlace(new ByteWriter(1 << 12).put(KEPT), to).putLong(digest);
    out.putVar(places.size());
    long main = 0;
    for (Place place : places) {
      out.putVar(place.main() - main).putVar(place.sub());
      main = place.main();
    }
    return sealed(out);
  }

  /** Nothing follows; so many rows of keys were kept and came before, with this digest. */
  static Bytes end(long rows, long digest) {
    return sealed(new ByteWriter(32).put(END).putVar(rows).putLong(digest));
  }

  private static Bytes sealed(ByteWriter out) {
    Bytes body = out.toBytes();
    return out.putInt(crc(body, body.size())).toBytes();
  }

  private static int crc(Bytes bytes, int size) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.unsafeArray(), 0, size);
    return (int) crc.getValue();
  }

  /**
   * Adds a chunk to {@code into}; whether it was the last one.
   *
   * @throws IllegalArgumentException for a chunk that is damaged
   * @throws IllegalStateException where {@code into} holds other rows than the sender
   */
  static boolean add(Bytes chunk, StoreImport into) {
    int end = chunk.size() - CRC_BYTES;
    if (end < 1 || new ByteReader(chunk.slice(end, chunk.size())).getInt() != crc(chunk, end)) {
      throw new IllegalArgumentException("chunk of " + chunk.size() + " bytes is damaged");
    }
    ByteReader in = new ByteReader(chunk.slice(0, end));
    int kind = in.get();
    switch (kind) {
      case TABLE -> into.add(Coded.pick(Table.values(), in.get()), entries(in));
      case ROWS -> {
        for (long left = in.getVar(); left > 0; left--) {
          into.add(row(in));
        }
      }
      case KEPT -> {
        Place to = place(in);
        long digest = in.getLong();
        into.keep(places(in), to);
        checkDigest(digest, into, to);
      }
      case END -> {
        long rows = in.getVar();
        Check.that(rows == into.rows(), "snapshot of %d rows brought %d", rows, into.rows());
        checkDigest(in.getLong(), into, "the end");
        return true;
      }
      default -> throw new IllegalArgumentException("chunk of kind " + kind);
    }
    return false;
  }

  private static void checkDigest(long expected, StoreImport into, Object where) {
    Check.that(expected == into.digest(), "other rows than those of the sender up to %s", where);
  }

  private static List<Place> places(ByteReader in) {
    List<Place> places = new ArrayList<>();
    long main = 0;
    for (long left = in.getVar(); left > 0; left--) {
      main += in.getVar();
      places.add(new Place(main, in.getVarInt()));
    }
    return places;
  }

  private static List<StoreImport.Entry> entries(ByteReader in) {
    List<StoreImport.Entry> entries = new ArrayList<>();
    for (long left = in.getVar(); left > 0; left--) {
      entries.add(new StoreImport.Entry(in.getBytes(), in.getBytes()));
    }
    return entries;
  }

  private static Row row(ByteReader in) {
    long main = in.getVar();
    int sub = in.getVarInt();
    long create = in.getVar();
    long version = in.getVar();
    long lease = in.getLong();
    long prevMain = in.getVar();
    int prevSub = in.getVarInt();
    Bytes key = in.getBytes();
    Bytes value = in.getBytes();
    return new Row(new KeyValue(key, create, main, version, value, lease), sub, prevMain, prevSub);
  }
}
