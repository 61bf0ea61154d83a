package io.quorate.lmdb;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Membership;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.TestDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** The real store under a test; its checkpoints say nothing but the revisions. */
public final class LmdbDisk implements TestDisk {
  /** Address space enough for any test, in bytes. */
  static final long MAP_BYTES = 1L << 30;

  private final Path dir;
  private LmdbStore store;

  /** Opens the store in {@code dir}. */
  public LmdbDisk(Path dir) {
    this.dir = dir;
    this.store = openStore(dir);
  }

  private static LmdbStore openStore(Path dir) {
    try {
      return new LmdbStore(dir, MAP_BYTES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static StoreMeta meta(long revision, long compacted) {
    Membership nobody =
        new Membership(new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), false);
    return new StoreMeta(revision, 1, revision, compacted, 0, nobody);
  }

  /** The store itself. */
  public LmdbStore store() {
    return store;
  }

  @Override
  public DiskView open() {
    return store.open();
  }

  /** Opens as many views as may be open at once. */
  public List<DiskView> openAll() {
    List<DiskView> views = new ArrayList<>();
    for (int i = 0; i < Generation.READERS_MAX; i++) {
      views.add(open());
    }
    return views;
  }

  @Override
  public void write(Half half, long revision, long compacted) {
    store.write(half, meta(revision, compacted));
  }

  @Override
  public boolean compact(long at, int rowsMax) {
    return store.compact(at, rowsMax);
  }

  @Override
  public long bytes() {
    return store.diskBytes();
  }

  /** Copies the store into a smaller generation and goes on with that one. */
  public void defragment() {
    try {
      store.finish(store.copyCompacted());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void reopen() {
    store.close();
    store = openStore(dir);
  }

  @Override
  public void close() {
    store.close();
  }
}
