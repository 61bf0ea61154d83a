package io.quorate.journal;

import io.quorate.base.Check;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal as files: one sequence of records in segments, shared by all persistence ids of a
 * member. At any time there is at most one record that is not yet on the device, and it is the last
 * one.
 *
 * <p>Writes come from one thread at a time and block until they are durable. Everything else may be
 * called from any thread. After a write has failed nobody can know what reached the device, so
 * every later write fails as well until the journal is opened again.
 */
public final class SegmentedLog implements Closeable {
  /** Ends the names of files that a crash may leave behind and that mean nothing. */
  static final String TEMPORARY_SUFFIX = ".tmp";

  private static final Logger LOG = LoggerFactory.getLogger(SegmentedLog.class);

  private static final int CAPACITY_GROWTH = 8;
  private static final long CLOSE_SECONDS_MAX = 10;

  private final LogSettings settings;
  private final Disk disk;
  private final Closeable lockFile;
  private final LogState state;
  private final ExecutorService background;

  private final Object writing = new Object();
  private final RecordBuffer record;
  private final RecordBuffer baseRecord;
  private long nextRecordNumber;
  private Segment active;
  private Disk.DiskFile activeFile;
  private long preparedAfter;
  private @Nullable IOException failure;
  private boolean closed;

  private final AtomicBoolean preparing = new AtomicBoolean();
  private final AtomicReference<@Nullable Prepared> prepared = new AtomicReference<>();
  private final AtomicBoolean noting = new AtomicBoolean();
  private volatile LongConsumer syncObserver = nanos -> {};

  private record Prepared(Path path, Disk.DiskFile file, long capacity) {}

  private SegmentedLog(
      LogSettings settings, Disk disk, Closeable lockFile, ExecutorService background)
      throws IOException {
    this.settings = settings;
    this.disk = disk;
    this.lockFile = lockFile;
    this.record = new RecordBuffer(settings.recordBytesMax());
    this.baseRecord = new RecordBuffer(settings.recordBytesMax());
    LogOpener.Opened opened = LogOpener.open(settings, disk);
    this.state = opened.state();
    this.nextRecordNumber = opened.nextRecordNumber();
    this.background = background;
    List<Segment> segments = state.segments();
    if (segments.isEmpty()) {
      Prepared first = prepare("first", settings.firstSegmentBytes());
      this.active = activate(first, state.base(1, 0));
      this.activeFile = first.file();
    } else {
      this.active = segments.get(segments.size() - 1);
      this.activeFile = disk.open(active.path());
    }
  }

  /**
   * Opens the journal in the directory of {@code settings}, creating it when there is none. Takes
   * as long as reading all of it. Throws {@link CorruptJournalException} if it is damaged, and an
   * {@link IOException} if another process uses it.
   */
  public static SegmentedLog open(LogSettings settings) throws IOException {
    return open(settings, Disk.REAL);
  }

  static SegmentedLog open(LogSettings settings, Disk disk) throws IOException {
    return open(settings, disk, Executors.newSingleThreadExecutor(SegmentedLog::backgroundThread));
  }

  /**
   * @param background does what no write waits for; it is shut down with the journal
   */
  static SegmentedLog open(LogSettings settings, Disk disk, ExecutorService background)
      throws IOException {
    disk.createDirectories(settings.directory());
    Closeable lockFile = disk.lock(settings.directory());
    try {
      SegmentedLog log = new SegmentedLog(settings, disk, lockFile, background);
      log.dropUnneeded();
      return log;
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      background.shutdown();
      throw e;
    }
  }

  /**
   * Writes one record and returns once it is on the device. {@code encoder} fills the body and says
   * what it wrote; if it wrote nothing, nothing is done. An exception of {@code encoder} leaves the
   * journal as it was.
   */
  void append(Function<RecordBuffer, List<Writes.Written>> encoder) throws IOException {
    synchronized (writing) {
      checkUsable();
      record.clear();
      List<Writes.Written> writes = encoder.apply(record);
      if (writes.isEmpty()) {
        return;
      }
      long offset = write(RecordBuffer.Type.WRITES);
      for (Writes.Written write : writes) {
        state.written(active, offset, write);
      }
      prepareNextInTime();
    }
  }

  /**
   * Deletes the messages of {@code persistenceId} up to {@code sequenceNr}, or up to the highest.
   * They are gone for every reader when this returns; files follow in the background once none of
   * their messages is needed.
   */
  void deleteTo(String persistenceId, long sequenceNr) throws IOException {
    synchronized (writing) {
      checkUsable();
      long to = Math.min(sequenceNr, state.highestSequenceNr(persistenceId));
      if (to <= state.deletedTo(persistenceId)) {
        return;
      }
      record.clear();
      record.putText(persistenceId);
      record.room(Long.BYTES).putLong(to);
      write(RecordBuffer.Type.DELETION);
      state.deleted(persistenceId, to);
    }
    dropUnneeded();
  }

  /**
   * Notes, in the background, that a checkpoint relies on everything durable now: from then on an
   * end of the journal below this place is corruption and is never cut.
   */
  public void noteSynced() {
    if (noting.compareAndSet(false, true)) {
      inBackground(
          () -> {
            noting.set(false);
            writeNote();
          });
    }
  }

  /**
   * The last sequence number that may be given to {@code deleteMessages} when entries at and below
   * {@code index} are no longer needed; 0 if there is no whole segment of them.
   */
  public long deletableTo(String persistenceId, long index) {
    return state.deletableTo(persistenceId, index);
  }

  /** Tells {@code observer} how long each sync took, in nanoseconds, on the writing thread. */
  public void observeSyncs(LongConsumer observer) {
    syncObserver = observer;
  }

  /** Waits until the background has done what it was asked to do so far, at most 10 seconds. */
  void awaitBackground() throws IOException {
    try {
      background.submit(() -> {}).get(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IOException("background work of the journal did not end", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  LogState state() {
    return state;
  }

  LogSettings settings() {
    return settings;
  }

  /** A reader of the durable part of {@code segment} from {@code offset} on. */
  RecordReader read(Segment segment, long offset) throws IOException {
    return new RecordReader(
        disk.openReadOnly(segment.path()),
        segment.path(),
        offset,
        segment.end(),
        settings.recordBytesMax());
  }

  @Override
  public void close() throws IOException {
    synchronized (writing) {
      if (closed) {
        return;
      }
      closed = true;
    }
    background.shutdown();
    try {
      if (!background.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
        LOG.warn("journal in {} closes while background work goes on", settings.directory());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Prepared unused = prepared.getAndSet(null);
    if (unused != null) {
      unused.file().close();
    }
    activeFile.close();
    lockFile.close();
  }

  private void checkUsable() throws IOException {
    if (closed) {
      throw new IOException("journal in " + settings.directory() + " is closed");
    }
    if (failure != null) {
      throw new IOException(
          "journal in " + settings.directory() + " failed before: " + failure.getMessage(),
          failure);
    }
  }

  /** Writes and syncs {@link #record}; returns its offset. */
  private long write(RecordBuffer.Type type) throws IOException {
    try {
      if (active.end() + record.recordBytes() > active.capacity()) {
        roll(record.recordBytes());
      }
      ByteBuffer bytes = record.seal(type, nextRecordNumber);
      int length = bytes.remaining();
      long offset = active.end();
      activeFile.write(bytes, offset);
      long start = System.nanoTime();
      activeFile.force();
      syncObserver.accept(System.nanoTime() - start);
      nextRecordNumber++;
      active.setEnd(offset + length);
      return offset;
    } catch (IOException e) {
      failure = e;
      throw e;
    } catch (RuntimeException e) {
      failure = new IOException("journal failed: " + e, e);
      throw e;
    }
  }

  private void roll(int recordBytes) throws IOException {
    Base base = state.base(active.number() + 1, active.end());
    baseRecord.clear();
    base.encode(baseRecord);
    long needed = (long) baseRecord.recordBytes() + recordBytes;
    Prepared next = prepared.getAndSet(null);
    if (next != null && next.capacity() < needed) {
      next.file().close();
      next = null;
    }
    if (next == null) {
      next = prepare("inline", Math.max(needed, settings.firstSegmentBytes()));
    }
    Segment segment = activate(next, base);
    activeFile.close();
    active = segment;
    activeFile = next.file();
    dropUnneeded();
  }

  /** Gives {@code file} its base and then its name, so that no segment lacks a base. */
  private Segment activate(Prepared file, Base base) throws IOException {
    baseRecord.clear();
    base.encode(baseRecord);
    ByteBuffer bytes = baseRecord.seal(RecordBuffer.Type.BASE, nextRecordNumber);
    long end = bytes.remaining();
    file.file().write(bytes, 0);
    file.file().force();
    Path path = Segment.pathOf(settings.directory(), base.segment());
    disk.rename(file.path(), path);
    nextRecordNumber++;
    Segment segment = new Segment(path, base, file.capacity(), end);
    state.add(segment);
    return segment;
  }

  private Prepared prepare(String name, long capacity) throws IOException {
    Path path = settings.directory().resolve(name + TEMPORARY_SUFFIX);
    return new Prepared(path, Segment.createZeroed(disk, path, capacity), capacity);
  }

  /** Starts to fill the next segment with zeros once the active one is half full. */
  private void prepareNextInTime() {
    if (active.end() < active.capacity() / 2
        || preparedAfter == active.number()
        || prepared.get() != null
        || !preparing.compareAndSet(false, true)) {
      return;
    }
    // Once for each segment: on a disk that is nearly full, trying again would only fill it.
    preparedAfter = active.number();
    long capacity = Math.min(settings.segmentBytes(), active.capacity() * CAPACITY_GROWTH);
    inBackground(
        () -> {
          try {
            prepared.set(prepare("next", capacity));
          } catch (IOException e) {
            LOG.warn("cannot prepare a segment of {} bytes: {}", capacity, e.toString());
          } finally {
            preparing.set(false);
          }
        });
  }

  private void dropUnneeded() {
    List<Segment> unneeded = state.takeUnneeded();
    if (!unneeded.isEmpty()) {
      inBackground(() -> unneeded.forEach(this::deleteFile));
    }
  }

  private void deleteFile(Segment segment) {
    try {
      disk.delete(segment.path());
    } catch (IOException e) {
      // It is deleted when the journal is opened again.
      LOG.warn("cannot delete {}: {}", segment.path(), e.toString());
    }
  }

  private void writeNote() {
    List<Segment> segments = state.segments();
    Segment last = segments.get(segments.size() - 1);
    try {
      new SyncedNote(last.number(), last.end()).write(disk, settings.directory());
    } catch (IOException e) {
      LOG.warn("cannot note the synced offset in {}: {}", settings.directory(), e.toString());
    }
  }

  private void inBackground(Runnable task) {
    try {
      background.execute(task);
    } catch (RejectedExecutionException e) {
      Check.that(closedNow(), "background of the journal is gone");
    }
  }

  private boolean closedNow() {
    synchronized (writing) {
      return closed;
    }
  }

  private static Thread backgroundThread(Runnable task) {
    Thread thread = new Thread(task, "quorate-journal-background");
    thread.setDaemon(true);
    return thread;
  }
}
