package io.quorate.lmdb;

import io.quorate.base.Bytes;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Row;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.lmdbjava.Txn;

/** Does to a store what no checksum of a row can tell. */
public final class Tampering {
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
}
