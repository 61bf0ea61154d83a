package io.quorate.node;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.base.Coded;
import io.quorate.lmdb.StoreImport;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The chunks of a snapshot between members: rows of small tables, then rows of keys in the order of
 * their revisions, then the number of all rows of keys. Each chunk begins with its kind and ends
 * with the CRC-32C of all before.
 */
final class SnapshotCodec {
  private static final int TABLE = 1;
  private static final int ROWS = 2;
  private static final int END = 3;
  private static final int CRC_BYTES = Integer.BYTES;

  private SnapshotCodec() {}

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

  /** Nothing follows; so many rows of keys came before. */
  static Bytes end(long rows) {
    return sealed(new ByteWriter(16).put(END).putVar(rows));
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
      case END -> {
        long rows = in.getVar();
        Check.that(rows == into.rows(), "snapshot of %d rows brought %d", rows, into.rows());
        return true;
      }
      default -> throw new IllegalArgumentException("chunk of kind " + kind);
    }
    return false;
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
