package io.quorate.lmdb;

import io.quorate.apply.StoreMeta;
import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;

/**
 * The store on disk. One thread writes: checkpoints, compaction, the end of a defragmentation; any
 * thread opens views. Each commit is synced before its call returns, and LMDB's own copy-on-write
 * keeps the last commit whole through a power cut (neither MDB_NOSYNC nor MDB_WRITEMAP is used).
 */
public final class LmdbStore implements AutoCloseable {
  /** How far physical compaction has come. */
  public record Progress(long finished, long cursorMain, int cursorSub) {
    static final Progress NONE = new Progress(KvStore.NEVER_COMPACTED, 0, 0);

    static Progress decode(Bytes bytes) {
      ByteReader in = new ByteReader(bytes);
      return new Progress(in.getLong(), in.getLong(), in.getInt());
    }
  }

  static final Bytes META_STATE = Bytes.utf8("state");
  static final Bytes META_DISK_BYTES = Bytes.utf8("disk-bytes");
  static final Bytes META_INSTALLED = Bytes.utf8("installed");
  static final Bytes META_PROGRESS = Bytes.utf8("compaction");

  private final Path dir;
  private final long mapBytes;
  private volatile Generation current;
  private @Nullable StoreMeta meta;
  private long diskBytes;
  private Progress progress = Progress.NONE;
  private long installedIndex;
  private volatile LongConsumer commitObserver = nanos -> {};

  /**
   * Opens the store in {@code dir}, which exists, or creates it there.
   *
   * @param mapBytes the address space to reserve, which bounds the size; never changed later
   * @throws IOException when the directory cannot be read or written
   */
  public LmdbStore(Path dir, long mapBytes) throws IOException {
    this.dir = dir;
    this.mapBytes = mapBytes;
    this.current = new Generation(Generations.openCurrent(dir), mapBytes);
    try (DiskView view = open()) {
      readMeta(view);
    }
  }

  /** Removes everything that makes up the store in {@code dir}, where none is open. */
  public static void discard(Path dir) throws IOException {
    Generations.discard(dir);
  }

  private void readMeta(DiskView view) {
    view.scan(
        Table.META,
        Bytes.EMPTY,
        (key, value) -> {
          if (key.equals(META_STATE)) {
            meta = StoreMeta.decode(value);
          } else if (key.equals(META_DISK_BYTES)) {
            diskBytes = value.longAt(0);
          } else if (key.equals(META_INSTALLED)) {
            installedIndex = value.longAt(0);
          } else if (key.equals(META_PROGRESS)) {
            progress = Progress.decode(value);
          }
          return true;
        });
  }

  /** Whether {@code key} of {@link Table#META} is that of the {@link StoreMeta}. */
  public static boolean isState(Bytes key) {
    return key.equals(META_STATE);
  }

  /** What the last checkpoint said of itself; null when there was none. */
  public @Nullable StoreMeta meta() {
    return meta;
  }

  static StoreImport.Entry installedMark(long index) {
    return new StoreImport.Entry(META_INSTALLED, Bytes.ofLong(index));
  }

  /**
   * Whether the store is as a snapshot brought it. Then the log may end before it: the crash came
   * between the two.
   */
  public boolean isAsInstalled() {
    StoreMeta state = meta;
    return state != null && installedIndex != 0 && state.appliedIndex() == installedIndex;
  }

  /**
   * A state of the disk in which no compaction has rows left to remove.
   *
   * @param compacted the last compaction, or {@link KvStore#NEVER_COMPACTED}
   * @param revision the newest revision that is on disk
   */
  public record Settled(long compacted, long revision) {}

  /** What {@code view} shows, if no compaction has rows left to remove in it; null otherwise. */
  public static @Nullable Settled settled(DiskView view) {
    List<StoreMeta> states = new ArrayList<>(1);
    List<Progress> progresses = new ArrayList<>(1);
    view.scan(
        Table.META,
        Bytes.EMPTY,
        (key, value) -> {
          if (key.equals(META_STATE)) {
            states.add(StoreMeta.decode(value));
          } else if (key.equals(META_PROGRESS)) {
            progresses.add(Progress.decode(value));
          }
          return true;
        });
    if (states.isEmpty()) {
      return null;
    }
    StoreMeta state = states.get(0);
    Progress progress = progresses.isEmpty() ? Progress.NONE : progresses.get(0);
    return progress.finished() == state.compacted()
        ? new Settled(state.compacted(), state.revision())
        : null;
  }

  /** The counted bytes of the rows on disk. */
  public long diskBytes() {
    return diskBytes;
  }

  /** How far physical compaction has come. */
  public Progress progress() {
    return progress;
  }

  /** The bytes of the file that are in use or kept for reuse. Any thread. */
  public long fileBytes() {
    Generation generation = retained();
    try {
      return generation.fileBytes();
    } finally {
      generation.release();
    }
  }

  /**
   * Tells {@code observer} how long each commit took, in nanoseconds, on the thread that writes.
   */
  public void observeCommits(LongConsumer observer) {
    commitObserver = observer;
  }

  private void commit(Txn<ByteBuffer> txn) {
    long begin = System.nanoTime();
    txn.commit();
    commitObserver.accept(System.nanoTime() - begin);
  }

  /** Opens a view of the newest commit; waits when all reader slots are taken. Any thread. */
  public DiskView open() {
    return retained().view();
  }

  private Generation retained() {
    while (true) {
      Generation generation = current;
      if (generation.retain()) {
        return generation;
      }
      Check.that(generation != current, "the store is closed");
    }
  }

  /**
   * Writes a checkpoint in one synced transaction.
   *
   * @return the counted bytes of the rows on disk afterwards
   */
  public long write(Half half, StoreMeta state) {
    Generation into = current;
    LmdbWriter writer = new LmdbWriter(into);
    long bytes = diskBytes + half.countedBytes();
    try (Txn<ByteBuffer> txn = into.env().txnWrite()) {
      writer.putHalf(txn, half);
      writer.putMeta(txn, META_STATE, state.encode());
      writer.putMeta(txn, META_DISK_BYTES, Bytes.ofLong(bytes));
      commit(txn);
    }
    meta = state;
    diskBytes = bytes;
    return bytes;
  }

  /**
   * Makes this the store of another cluster: what it says of itself and its members are replaced,
   * its keys and leases stay. In one synced transaction.
   *
   * @param founding holds the members, and no rows of keys
   * @param state with a revision that is not below the one that it has
   */
  public void refound(Half founding, StoreMeta state) {
    Generation into = current;
    LmdbWriter writer = new LmdbWriter(into);
    List<Bytes> members = new ArrayList<>();
    try (DiskView view = open()) {
      view.scan(Table.MEMBER, Bytes.EMPTY, (key, value) -> members.add(key));
    }
    try (Txn<ByteBuffer> txn = into.env().txnWrite()) {
      members.forEach(member -> writer.putTable(txn, Table.MEMBER, member, null));
      writer.putHalf(txn, founding);
      writer.putMeta(txn, META_STATE, state.encode());
      // No snapshot of a member brought it, whatever became of the one that this is a copy of.
      writer.putTable(txn, Table.META, META_INSTALLED, null);
      txn.commit();
    }
    meta = state;
    installedIndex = 0;
  }

  /**
   * Removes some of what compaction at {@code at} makes unreachable, in one synced transaction. The
   * checkpoint that holds the compaction must have been written.
   *
   * @param rowsMax the most rows below {@code at} to look at
   * @return whether all is removed
   */
  public boolean compact(long at, int rowsMax) {
    StoreMeta state = meta;
    Check.that(state != null && state.compacted() >= at, "compaction ahead of its checkpoint");
    Compactor.Slice slice = new Compactor(current).slice(progress, at, rowsMax);
    Progress next = slice.progress();
    LmdbWriter writer = new LmdbWriter(current);
    long bytes = Math.max(0, diskBytes - slice.countedBytes());
    try (Txn<ByteBuffer> txn = current.env().txnWrite()) {
      slice.remove(txn);
      writer.putMeta(txn, META_DISK_BYTES, Bytes.ofLong(bytes));
      writer.putMeta(
          txn,
          META_PROGRESS,
          new ByteWriter(20)
              .putLong(next.finished())
              .putLong(next.cursorMain())
              .putInt(next.cursorSub())
              .toBytes());
      commit(txn);
    }
    diskBytes = bytes;
    progress = next;
    return next.finished() == at;
  }

  /**
   * Starts a defragmentation: copies the newest commit, compacted, beside the current generation.
   * Any thread, one at a time; the writer goes on but must not compact until {@link #finish}.
   */
  public Path copyCompacted() throws IOException {
    Generation generation = retained();
    try {
      return Generations.copyNext(dir, generation);
    } finally {
      generation.release();
    }
  }

  /**
   * Copies the newest commit, compacted, to a directory of its own, which the caller deletes. Any
   * thread.
   */
  public Path copyAside() throws IOException {
    Generation generation = retained();
    try {
      return Generations.copyAside(dir, generation);
    } finally {
      generation.release();
    }
  }

  /**
   * Ends a defragmentation: carries over what was written since the copy was begun and makes it the
   * current generation. Called by the writer's thread.
   */
  public void finish(Path copied) throws IOException {
    Generation next = new Generation(copied, mapBytes);
    Generation old = current;
    try (DiskView view = open()) {
      new LmdbWriter(next).catchUp(view);
    }
    Generations.makeCurrent(dir, copied);
    current = next;
    old.release();
    Generations.removeOthers(dir, copied);
  }

  /**
   * Begins to build a store beside this one, in the place of one that was suspended. Any thread,
   * one at a time.
   */
  public StoreImport beginImport() throws IOException {
    return new StoreImport(Generations.createImport(dir), mapBytes, Place.START);
  }

  /**
   * What an import that was suspended, perhaps by the end of the process, has left. Any thread,
   * while none is open.
   *
   * @param index the entry of the snapshot that it was part of
   * @param last its last row
   */
  public record Held(long index, Place last) {}

  /** What is left of an import; null if nothing is that could be gone on from. */
  public @Nullable Held heldImport() throws IOException {
    Path partial = Generations.partialImport(dir);
    if (partial == null) {
      return null;
    }
    Generation generation = new Generation(partial, mapBytes);
    try {
      generation.retain();
      try (LmdbView view = generation.view()) {
        StoreMeta state = view.state();
        Place last = view.last();
        return state == null || last == null ? null : new Held(state.appliedIndex(), last);
      }
    } finally {
      generation.release();
    }
  }

  /**
   * Goes on with an import that was suspended. Any thread, while none is open.
   *
   * @param last its last row, as {@link #heldImport} told
   * @throws IllegalStateException when that is not its last row any more
   */
  public StoreImport resumeImport(Place last) throws IOException {
    Held held = heldImport();
    Path partial = Generations.partialImport(dir);
    if (held == null || partial == null || !held.last().equals(last)) {
      throw new IllegalStateException("no import ends at " + last);
    }
    return new StoreImport(partial, mapBytes, last);
  }

  /** Removes what was left of an import. Any thread, while none is open. */
  public void dropImport() throws IOException {
    Generations.removePartial(dir);
  }

  /**
   * Replaces everything by an imported store, which is finished: in one step, so that a crash
   * leaves either. Called by the writer's thread.
   *
   * @param imported the store; it is empty afterwards
   */
  public void install(StoreImport imported) throws IOException {
    Generation old = current;
    Path adopted = Generations.adopt(dir, imported.dir(), old.dir());
    Generation next = new Generation(adopted, mapBytes);
    Generations.makeCurrent(dir, adopted);
    current = next;
    meta = null;
    diskBytes = 0;
    progress = Progress.NONE;
    try (DiskView view = open()) {
      readMeta(view);
    }
    old.release();
    Generations.removeOthers(dir, adopted);
  }

  @Override
  public void close() {
    current.release();
  }
}
