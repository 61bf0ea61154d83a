package io.quorate.journal;

import io.quorate.base.SeededRandom;
import io.quorate.raft.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The journal of a member of a simulated cluster: the files, records and readers of the real one,
 * on a device in memory. What it does in the background happens at once.
 */
public final class SimJournal {
  /** Small enough that segments end, and go, many times in a run. */
  private static final LogSettings SETTINGS =
      new LogSettings(Path.of("journal"), 16 << 10, 2 << 10, 1 << 20, 512);

  private static final String ID = LogEvent.persistenceId(0);
  private static final int STEPS_MAX = 4;
  private static final int TAIL_BYTES = 600;

  /** What a loss of power in the middle of a write leaves of it. */
  public enum Left {
    /** All of it. */
    WHOLE,
    /** A part, which is cut when the journal is opened. */
    TORN,
    /** Nothing. */
    NOTHING
  }

  private final SeededRandom random;
  private final SimDevice device;
  private @Nullable SegmentedLog log;

  /** A new journal; power is lost as {@code random} says. */
  public SimJournal(SeededRandom random) {
    this(random, new SimDevice(random));
  }

  private SimJournal(SeededRandom random, SimDevice device) {
    this.random = random;
    this.device = device;
  }

  /** Opens it, as at the start of a process. */
  public void open() throws CorruptJournalException {
    try {
      log = SegmentedLog.open(SETTINGS, device, new Inline());
    } catch (CorruptJournalException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Tries to open it, and loses power meanwhile, if there is something to write. Whether it was
   * lost.
   */
  public boolean losePowerAtStart() throws CorruptJournalException {
    device.losePowerAfter(random.nextInt(2));
    try {
      open();
      return false;
    } catch (SimDevice.PowerLoss e) {
      return true;
    } finally {
      device.keepPower();
      close();
    }
  }

  /** The process ends; what was written stays. */
  public void close() {
    log = null;
  }

  private SegmentedLog opened() {
    if (log == null) {
      throw new IllegalStateException("the journal is not open");
    }
    return log;
  }

  /** What a member that starts finds in it. */
  public LogContent content(long appliedIndex, long tailBytesMax) {
    try {
      RecoveredLog recovered = new RecoveredLog(appliedIndex, tailBytesMax);
      JournalFixture.replay(opened(), 0).forEach(recovered::apply);
      return recovered.content();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All entries, also while it is not open; none where it cannot be. Changes nothing. */
  public List<Entry> entries() {
    if (log != null) {
      return content(0, Long.MAX_VALUE).entries();
    }
    SimJournal copy = new SimJournal(random, device.copy());
    try {
      copy.open();
      return copy.content(0, Long.MAX_VALUE).entries();
    } catch (CorruptJournalException e) {
      return List.of();
    }
  }

  /** Reads older entries back. */
  public LogReader reader() {
    return new LogReader(opened(), 0);
  }

  /** Writes {@code events}, each as one record. */
  public void append(List<LogEvent> events) {
    try {
      for (LogEvent event : events) {
        JournalFixture.write(opened(), event);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Loses power while {@code events} are written. It is to be opened again. */
  public Left losePowerDuring(List<LogEvent> events) {
    // Most writes are one step; more follow where a segment ends.
    device.losePowerAfter(random.chance(800) ? 0 : random.nextInt(STEPS_MAX));
    try {
      append(events);
      return Left.WHOLE;
    } catch (SimDevice.PowerLoss e) {
      return device.left();
    } finally {
      device.keepPower();
      close();
    }
  }

  /** A checkpoint holds everything up to {@code index}, as {@code JournalActor} is told. */
  public void compactTo(long index) {
    SegmentedLog open = opened();
    open.noteSynced();
    long sequenceNr = open.deletableTo(ID, index);
    try {
      if (sequenceNr > open.state().deletedTo(ID)) {
        open.deleteTo(ID, sequenceNr);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes one bit of what it holds, often near the end, and closes it. Says which one. */
  public String corrupt() {
    List<Segment> segments = opened().state().segments();
    Segment last = segments.get(segments.size() - 1);
    Segment hit = random.chance(500) ? last : segments.get(random.nextInt(segments.size()));
    long from = random.chance(500) ? Math.max(0, hit.end() - TAIL_BYTES) : 0;
    long bit = from * Byte.SIZE + random.nextInt((int) (hit.end() - from) * Byte.SIZE);
    close();
    try {
      device.flip(hit.path(), bit);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "bit " + bit + " of " + hit.path() + ", which ends at " + hit.end();
  }

  /** Does everything at once. */
  private static final class Inline extends AbstractExecutorService {
    private boolean over;

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public void shutdown() {
      over = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      over = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return over;
    }

    @Override
    public boolean isTerminated() {
      return over;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
