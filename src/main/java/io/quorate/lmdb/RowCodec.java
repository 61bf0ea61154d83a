package io.quorate.lmdb;

import io.quorate.base.Bytes;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Row;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Rows as the bytes of tables {@code keys} and {@code revs}.
 *
 * <pre>
 * flags (1) | main | sub | create | version | prevMain | prevSub   variable numbers
 *           | lease (8, when there is one)
 *           | key length | key                     in revs, and in keys for a long key
 *           | value length | value                 when the row carries its value
 *           | CRC-32C (4) over the LMDB key and all bytes before
 * </pre>
 *
 * <p>Not safe for threads: the checksum is a field.
 */
final class RowCodec {
  /** The largest value that a row in {@code keys} carries itself, in bytes. */
  static final int VALUE_INLINE_BYTES_MAX = 512;

  private static final int DELETED = 1;
  private static final int HAS_VALUE = 2;
  private static final int HAS_LEASE = 4;
  private static final int HAS_KEY = 8;
  private static final int FIXED_BYTES_MAX = 1 + 6 * 10 + 8 + 5 + 5 + 4;

  private final CRC32C crc = new CRC32C();
  private ByteBuffer out = ByteBuffer.allocateDirect(4096);
  private int at;

  /** Encodes {@code row} under LMDB key {@code lmdbKey}; valid until the next call. */
  ByteBuffer encode(ByteBuffer lmdbKey, Row row, boolean withKey, boolean withValue) {
    KeyValue kv = row.kv();
    int need = FIXED_BYTES_MAX + kv.key().size() + kv.value().size();
    if (out.capacity() < need) {
      out = ByteBuffer.allocateDirect(Math.max(out.capacity() * 2, need));
    }
    out.clear();
    int flags =
        (kv.isDeleted() ? DELETED : 0)
            | (withValue ? HAS_VALUE : 0)
            | (kv.lease() != 0 ? HAS_LEASE : 0)
            | (withKey ? HAS_KEY : 0);
    out.put((byte) flags);
    putVar(kv.modRevision());
    putVar(row.sub());
    putVar(kv.createRevision());
    putVar(kv.version());
    putVar(row.prevMain());
    putVar(row.prevSub());
    if (kv.lease() != 0) {
      out.putLong(kv.lease());
    }
    if (withKey) {
      putBytes(kv.key());
    }
    if (withValue) {
      putBytes(kv.value());
    }
    out.putInt(checksum(lmdbKey, out.duplicate().flip()));
    return out.flip();
  }

  /** Whether the row in {@code in} is a deletion. */
  static boolean isDeleted(ByteBuffer in) {
    return (in.get(in.position()) & DELETED) != 0;
  }

  /** Whether the row in {@code in} carries its value, or has none. */
  static boolean isWhole(ByteBuffer in) {
    return (in.get(in.position()) & (HAS_VALUE | DELETED)) != 0;
  }

  /** The main revision of the row in {@code in}. */
  long main(ByteBuffer in) {
    at = in.position() + 1;
    return getVar(in);
  }

  /**
   * Decodes a row of the keys, whose key the caller knows; without its value when {@code withValue}
   * is false or the row does not carry it.
   */
  Row decode(ByteBuffer lmdbKey, ByteBuffer in, Bytes key, boolean withValue) {
    verify(lmdbKey, in);
    return decode(in, key, withValue);
  }

  /** Decodes a row of {@code revs}, which carries its key. */
  Row decode(ByteBuffer lmdbKey, ByteBuffer in) {
    verify(lmdbKey, in);
    return decode(in, Bytes.EMPTY, true);
  }

  private Row decode(ByteBuffer in, Bytes knownKey, boolean withValue) {
    int flags = in.get(in.position());
    at = in.position() + 1;
    long main = getVar(in);
    int sub = (int) getVar(in);
    long create = getVar(in);
    long version = getVar(in);
    long prevMain = getVar(in);
    int prevSub = (int) getVar(in);
    long lease = 0;
    if ((flags & HAS_LEASE) != 0) {
      lease = in.getLong(at);
      at += Long.BYTES;
    }
    Bytes key = (flags & HAS_KEY) != 0 ? getBytes(in) : knownKey;
    Bytes value = withValue && (flags & HAS_VALUE) != 0 ? getBytes(in) : Bytes.EMPTY;
    return new Row(new KeyValue(key, create, main, version, value, lease), sub, prevMain, prevSub);
  }

  private void verify(ByteBuffer lmdbKey, ByteBuffer in) {
    int end = in.limit() - Integer.BYTES;
    if (end <= in.position()) {
      throw new CorruptStoreException("row of " + in.remaining() + " bytes");
    }
    int expected = in.getInt(end);
    int actual = checksum(lmdbKey, in.duplicate().limit(end));
    if (expected != actual) {
      throw new CorruptStoreException(
          String.format("row checksum is %08x, expected %08x", actual, expected));
    }
  }

  private int checksum(ByteBuffer lmdbKey, ByteBuffer row) {
    crc.reset();
    crc.update(lmdbKey.duplicate());
    crc.update(row);
    return (int) crc.getValue();
  }

  private void putBytes(Bytes bytes) {
    putVar(bytes.size());
    out.put(bytes.unsafeArray());
  }

  private Bytes getBytes(ByteBuffer in) {
    int size = (int) getVar(in);
    byte[] bytes = new byte[size];
    in.get(at, bytes);
    at += size;
    return Bytes.wrap(bytes);
  }

  private void putVar(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  private long getVar(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get(at++);
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
