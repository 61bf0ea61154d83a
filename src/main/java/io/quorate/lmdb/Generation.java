package io.quorate.lmdb;

import static org.lmdbjava.DbiFlags.MDB_CREATE;
import static org.lmdbjava.EnvFlags.MDB_NOLOCK;
import static org.lmdbjava.EnvFlags.MDB_NOMETASYNC;
import static org.lmdbjava.EnvFlags.MDB_NORDAHEAD;
import static org.lmdbjava.EnvFlags.MDB_NOSUBDIR;
import static org.lmdbjava.EnvFlags.MDB_NOTLS;
import static org.lmdbjava.EnvFlags.MDB_RDONLY_ENV;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.lmdbjava.Dbi;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.EnvInfo;
import org.lmdbjava.Txn;

/**
 * One LMDB environment with its tables and its pool of read transactions. Defragmentation replaces
 * a generation by a smaller one; the old one closes when its last reader has gone.
 */
final class Generation {
  /** Views that may be open at once; the pool never opens more. */
  static final int READERS_MAX = 126;

  /**
   * Slots in LMDB's lock table beyond those of the pool, which never gives one back: for compaction
   * and for copies.
   */
  private static final int SPARE_READERS = 34;

  private final Path dir;
  private final Env<ByteBuffer> env;
  private final Dbi<ByteBuffer> keys;
  private final Dbi<ByteBuffer> revs;
  private final Dbi<ByteBuffer> longKeys;
  private final Dbi<ByteBuffer> small;
  private final ConcurrentLinkedDeque<LmdbView> idle = new ConcurrentLinkedDeque<>();
  private final Semaphore slots = new Semaphore(READERS_MAX);
  private final AtomicInteger users = new AtomicInteger(1); // the store itself is one

  /** One in which each commit is durable when it ends. */
  Generation(Path dir, long mapBytes) {
    this(dir, mapBytes, MDB_NOTLS, MDB_NORDAHEAD);
  }

  /** One for a store that is being built: a crash may take the last commit, and no more. */
  static Generation building(Path dir, long mapBytes) {
    return new Generation(dir, mapBytes, MDB_NOTLS, MDB_NORDAHEAD, MDB_NOMETASYNC);
  }

  /** One in a file that nobody writes, and that is not written either; the path is the file's. */
  static Generation reading(Path file, long mapBytes) {
    return new Generation(
        file, mapBytes, MDB_NOTLS, MDB_NORDAHEAD, MDB_RDONLY_ENV, MDB_NOLOCK, MDB_NOSUBDIR);
  }

  private Generation(Path dir, long mapBytes, EnvFlags... flags) {
    this.dir = dir;
    this.env =
        Env.create(Buffers.proxy())
            .setMapSize(mapBytes)
            .setMaxDbs(4)
            .setMaxReaders(READERS_MAX + SPARE_READERS)
            .open(dir.toFile(), flags);
    boolean opened = false;
    // In one transaction: each would be a commit of its own.
    try (Txn<ByteBuffer> txn = env.isReadOnly() ? env.txnRead() : env.txnWrite()) {
      env.readerCheck();
      this.keys = openDbi(txn, "keys");
      this.revs = openDbi(txn, "revs");
      this.longKeys = openDbi(txn, "long");
      this.small = openDbi(txn, "small");
      txn.commit();
      opened = true;
    } finally {
      if (!opened) {
        env.close();
      }
    }
  }

  private Dbi<ByteBuffer> openDbi(Txn<ByteBuffer> txn, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    return txn.isReadOnly()
        ? env.openDbi(txn, bytes, null, false)
        : env.openDbi(txn, bytes, null, false, MDB_CREATE);
  }

  Path dir() {
    return dir;
  }

  Env<ByteBuffer> env() {
    return env;
  }

  Dbi<ByteBuffer> keys() {
    return keys;
  }

  Dbi<ByteBuffer> revs() {
    return revs;
  }

  Dbi<ByteBuffer> longKeys() {
    return longKeys;
  }

  /** The small tables, each under its own first byte. */
  Dbi<ByteBuffer> small() {
    return small;
  }

  /** The bytes of all pages that were ever used and not given back. */
  long fileBytes() {
    EnvInfo info = env.info();
    return (info.lastPageNumber + 1) * (long) env.stat().pageSize;
  }

  /** Takes part in keeping this generation open; false when it is closed already. */
  boolean retain() {
    while (true) {
      int now = users.get();
      if (now == 0) {
        return false;
      }
      if (users.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  /** Gives up a part; the last one closes the environment. */
  void release() {
    if (users.decrementAndGet() == 0) {
      for (LmdbView view = idle.poll(); view != null; view = idle.poll()) {
        view.dispose();
      }
      env.close();
    }
  }

  /** A view of the newest commit. The caller has retained this generation. */
  LmdbView view() {
    slots.acquireUninterruptibly();
    LmdbView view = idle.poll();
    if (view == null) {
      return new LmdbView(this);
    }
    view.renew();
    return view;
  }

  /** Takes a view back. */
  void giveBack(LmdbView view) {
    idle.push(view);
    slots.release();
    release();
  }
}
