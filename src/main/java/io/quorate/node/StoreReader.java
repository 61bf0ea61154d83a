package io.quorate.node;

import io.quorate.base.EtcdError;
import io.quorate.lmdb.CorruptStoreException;
import io.quorate.lmdb.LmdbStore;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Recent;
import io.quorate.mvcc.StoreView;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where reads begin: joins what is in memory with a view of the disk of the same epoch. Any thread;
 * a read must be short or come back in slices, since an open view pins pages of the disk.
 */
public final class StoreReader {
  /** How often a read looks whether the disk has been replaced; it takes milliseconds. */
  private static final long REPLACING_NANOS = 500_000;

  private final LmdbStore disk;
  private final Consumer<CorruptStoreException> onDamage;
  private volatile Recent recent;
  private volatile boolean current = true;
  // Replacements of the disk, of which a second can begin before the first is known to be done.
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();

  /**
   * @param onDamage is told what a read has found
   */
  StoreReader(LmdbStore disk, Recent recent, Consumer<CorruptStoreException> onDamage) {
    this.disk = disk;
    this.onDamage = onDamage;
    this.recent = recent;
  }

  /** From now on some may know of more than reads see; called by the thread that applies. */
  void beginBatch() {
    current = false;
  }

  /** From now on reads see {@code next}; called by the thread that applies. */
  void publish(Recent next) {
    recent = next;
    current = true;
  }

  /** Whether reads see all that anybody may have been told, watches and leases included. */
  boolean isCurrent() {
    return current;
  }

  /** The disk is about to be replaced: reads wait from now on. By the thread that replaces it. */
  void beginReplacing() {
    begun.incrementAndGet();
  }

  /** The disk was replaced, and {@code next} goes with it. */
  void replaced(Recent next) {
    recent = next;
    done.incrementAndGet();
  }

  /** The newest revision that reads see. */
  public long revision() {
    return recent.revision();
  }

  /** The last compaction's revision, or -1. */
  public long compacted() {
    return recent.compacted();
  }

  /**
   * Runs {@code read} on the newest state, on this thread. Where the disk is damaged nobody is
   * answered with it: the read fails with "server stopped", which the member is about to be.
   */
  public <T> T read(Function<StoreView, T> read) {
    while (true) {
      T result = readNow(read);
      if (result != null) {
        return result;
      }
      LockSupport.parkNanos(REPLACING_NANOS);
    }
  }

  /**
   * {@link #read}, but null while the store is being replaced: for threads that may not wait, since
   * the one that ends that may need them.
   */
  public <T> @Nullable T readNow(Function<StoreView, T> read) {
    RelayPool.passOn();
    while (true) {
      int before = done.get();
      if (begun.get() != before) {
        return null;
      }
      Recent memory = recent;
      try (DiskView view = disk.open()) {
        // Within one epoch the disk holds nothing that is not in this memory as well; else the
        // view may be newer than the memory, or lack what the memory has already dropped.
        if (begun.get() == before && recent.epoch() == memory.epoch()) {
          return read.apply(new StoreView(memory, view));
        }
      } catch (CorruptStoreException e) {
        onDamage.accept(e);
        throw EtcdError.STOPPED.exception();
      }
    }
  }
}
