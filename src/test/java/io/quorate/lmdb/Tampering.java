package io.quorate.lmdb;

import io.quorate.base.Bytes;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Row;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.lmdbjava.Txn;

/** Does to a store what no checksum of a row can tell. */
public final class Tampering {
  // Of a node of LMDB's trees: the size of the key and the flags before it, little-endian.
  private static final int NODE_HEAD_BYTES = 8;
  private static final int KEY_SIZE_BEFORE = 2;
  private static final int FLAGS_BEFORE = 4;
  private static final int DUPLICATES = 4;

  private Tampering() {}

  /**
   * Gives the newest row of {@code key} another value, with the checksum that fits.
   *
   * @param store the directory of a store that is not open and was never defragmented
   * @param inKeys whether the row changes in the table of the keys, too, and not only in that of
   *     the revisions
   */
  public static void replace(Path store, String key, String value, boolean inKeys) {
    Generation generation = new Generation(store.resolve("gen-1"), LmdbDisk.MAP_BYTES);
    generation.retain();
    Row row;
    try (DiskView view = generation.view()) {
      row = view.newest(Bytes.utf8(key));
    }
    KeyValue kv = row.kv();
    KeyValue other =
        new KeyValue(
            kv.key(),
            kv.createRevision(),
            kv.modRevision(),
            kv.version(),
            Bytes.utf8(value),
            kv.lease());
    Row changed = new Row(other, row.sub(), row.prevMain(), row.prevSub());
    RowCodec codec = new RowCodec();
    LmdbKeys keys = new LmdbKeys();
    try (Txn<ByteBuffer> txn = generation.env().txnWrite()) {
      ByteBuffer revision = keys.ofRevision(row.main(), row.sub());
      generation.revs().put(txn, revision, codec.encode(revision, changed, true, true));
      if (inKeys) {
        ByteBuffer lmdbKey = keys.ofKey(kv.key());
        generation.keys().put(txn, lmdbKey, codec.encode(lmdbKey, changed, false, true));
      }
      txn.commit();
    }
    generation.release();
  }

  /**
   * Flips the bit of a row that says that more rows hang on it, as they do in other kinds of LMDB's
   * tables: whoever comes to it there is ended by a signal.
   *
   * @param generation the directory of LMDB's file, which is not open
   * @return how many copies of the row there were
   */
  public static int setTrap(Path generation, long main) throws IOException {
    Path file = generation.resolve("data.mdb");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer key = new LmdbKeys().ofRevision(main, 0);
    byte[] wanted = new byte[key.remaining()];
    key.get(wanted);
    int found = 0;
    for (int at = NODE_HEAD_BYTES; at + wanted.length <= bytes.length; at++) {
      if (bytes[at - KEY_SIZE_BEFORE] == wanted.length
          && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        bytes[at - FLAGS_BEFORE] |= DUPLICATES;
        found++;
      }
    }
    Files.write(file, bytes);
    return found;
  }
}
