package io.quorate.lmdb;

import io.quorate.base.Bytes;
import io.quorate.mvcc.Table;
import java.nio.ByteBuffer;

/**
 * The keys of LMDB's tables. Those of {@code keys} and {@code revs} begin with the four bytes of
 * the keyspace, 0 today, so that one environment can hold many. Not safe for threads: the buffers
 * are fields, valid until the next call of the same method.
 */
final class LmdbKeys {
  /** The most bytes of a key that LMDB takes. */
  static final int LMDB_BYTES_MAX = 511;

  /** The longest user key that is stored as it is, in bytes. */
  static final int SHORT_BYTES_MAX = LMDB_BYTES_MAX - Integer.BYTES;

  private static final int KEYSPACE = 0;

  private final ByteBuffer key = ByteBuffer.allocateDirect(LMDB_BYTES_MAX);
  private final ByteBuffer revision =
      ByteBuffer.allocateDirect(Integer.BYTES + Long.BYTES + Integer.BYTES);
  private final ByteBuffer raw = ByteBuffer.allocateDirect(LMDB_BYTES_MAX);

  static boolean isLong(Bytes userKey) {
    return userKey.size() > SHORT_BYTES_MAX;
  }

  /** The LMDB key of a short user key. */
  ByteBuffer ofKey(Bytes userKey) {
    return key.clear().putInt(KEYSPACE).put(userKey.unsafeArray()).flip();
  }

  /** The LMDB key of as much of {@code userKey} as fits. */
  ByteBuffer ofKeyPrefix(Bytes userKey) {
    int size = Math.min(userKey.size(), SHORT_BYTES_MAX);
    return key.clear().putInt(KEYSPACE).put(userKey.unsafeArray(), 0, size).flip();
  }

  /** The LMDB key of a revision. */
  ByteBuffer ofRevision(long main, int sub) {
    return revision.clear().putInt(KEYSPACE).putLong(main).putInt(sub).flip();
  }

  /** The LMDB key of a row of a small table. */
  ByteBuffer ofTable(Table table, Bytes key) {
    return raw.clear().put((byte) table.code()).put(key.unsafeArray()).flip();
  }

  /** The row's key in an LMDB key of the small tables. */
  static Bytes toTableKey(ByteBuffer lmdbKey) {
    byte[] bytes = new byte[lmdbKey.remaining() - 1];
    lmdbKey.get(lmdbKey.position() + 1, bytes);
    return Bytes.wrap(bytes);
  }

  /** Whether an LMDB key of the small tables is one of {@code table}. */
  static boolean isOf(ByteBuffer lmdbKey, Table table) {
    return lmdbKey.get(lmdbKey.position()) == table.code();
  }

  /** The user key in an LMDB key of {@code keys}. */
  static Bytes toKey(ByteBuffer lmdbKey) {
    byte[] bytes = new byte[lmdbKey.remaining() - Integer.BYTES];
    lmdbKey.get(lmdbKey.position() + Integer.BYTES, bytes);
    return Bytes.wrap(bytes);
  }

  static long main(ByteBuffer lmdbKey) {
    return lmdbKey.getLong(lmdbKey.position() + Integer.BYTES);
  }

  static int sub(ByteBuffer lmdbKey) {
    return lmdbKey.getInt(lmdbKey.position() + Integer.BYTES + Long.BYTES);
  }

  /** Compares the user key in an LMDB key of {@code keys} with {@code userKey}. */
  static int compare(ByteBuffer lmdbKey, Bytes userKey) {
    byte[] other = userKey.unsafeArray();
    int start = lmdbKey.position() + Integer.BYTES;
    int size = lmdbKey.limit() - start;
    int common = Math.min(size, other.length);
    for (int i = 0; i < common; i++) {
      int difference = (lmdbKey.get(start + i) & 0xff) - (other[i] & 0xff);
      if (difference != 0) {
        return difference;
      }
    }
    return size - other.length;
  }
}
