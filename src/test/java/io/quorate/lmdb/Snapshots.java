package io.quorate.lmdb;

import io.quorate.apply.Member;
import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.Shelf;
import io.quorate.mvcc.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Files as a member that has lived gives them out as snapshots. */
public final class Snapshots {
  /** The newest revision in it. */
  public static final long REVISION = 7;

  /** How many keys there are then. */
  public static final long KEYS = 3;

  /** A key that is too long for a row of its own. */
  public static final String LONG_KEY = "l".repeat(600);

  /** A lease in it. */
  public static final long LEASE = 7;

  /** What the log of its member had applied, by the last of many elections. */
  private static final long APPLIED = 4711;

  private static final long TERM = 12;

  private Snapshots() {}

  /** Writes one to {@code file}; {@code dir} is for its store. */
  public static Path save(Path dir, Path file) throws IOException {
    return sealed(file, Files.readAllBytes(store(dir).resolve("data.mdb")));
  }

  /** Its store alone, as an LMDB environment. */
  static Path store(Path dir) throws IOException {
    Files.createDirectories(dir);
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      shelf.write(put("a", "old"));
      shelf.write(put("a", "new"));
      shelf.write(put("b", "x".repeat(RowCodec.VALUE_INLINE_BYTES_MAX + 1)));
      shelf.write(put(LONG_KEY, "long"));
      shelf.write(put("gone", "soon"));
      shelf.write(new Op.DeleteRange(KeyRange.single(Bytes.utf8("gone")), false));
      shelf.flush();
      KvStore rest = new KvStore(REVISION, KvStore.NEVER_COMPACTED, 0);
      for (long id : new long[] {1, 2, 3}) {
        Member member = new Member(id, "old" + id, List.of("http://o:" + id), List.of("c"), false);
        rest.putTable(Table.MEMBER, Bytes.ofLong(id), member.encode());
      }
      rest.putTable(Table.MEMBER, Bytes.ofLong(4), Bytes.wrap(new byte[1]));
      rest.putTable(Table.LEASE, Bytes.ofLong(LEASE), Bytes.wrap(new byte[] {60, 30}));
      rest.putTable(Table.META, LmdbStore.META_INSTALLED, Bytes.ofLong(APPLIED));
      disk.store()
          .write(
              rest.freeze(),
              new StoreMeta(
                  APPLIED,
                  TERM,
                  REVISION,
                  KvStore.NEVER_COMPACTED,
                  99,
                  Membership.of(Set.of(1L, 2L, 3L))));
      return disk.store().copyAside();
    }
  }

  private static Op.Put put(String key, String value) {
    return new Op.Put(Bytes.utf8(key), Bytes.utf8(value), 0, false, false, false);
  }

  /** Pads {@code store} and puts its digest behind it. */
  public static Path sealed(Path file, byte[] store) throws IOException {
    byte[] padded = Arrays.copyOf(store, (store.length + 511) / 512 * 512);
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(padded);
      byte[] all = Arrays.copyOf(padded, padded.length + digest.length);
      System.arraycopy(digest, 0, all, padded.length, digest.length);
      return Files.write(file, all);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
