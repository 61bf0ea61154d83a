package io.quorate.journal;

import io.quorate.raft.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A log with entries in it, for tests of those who read it back. */
public final class WrittenLog implements AutoCloseable {
  private static final long SEGMENT_BYTES = 2 << 10;

  private final SegmentedLog log;
  private final List<Entry> entries;

  /** Writes the entries 1 to {@code last} of term 1 in {@code directory}. */
  public WrittenLog(Path directory, long last) throws IOException {
    log =
        SegmentedLog.open(
            JournalFixture.settings(directory, SEGMENT_BYTES), FailingDisk.withoutSyncs());
    JournalFixture.write(log, JournalFixture.append(1, 1, last));
    entries = JournalFixture.append(1, 1, last).entries();
  }

  /** A reader of it. */
  public LogReader reader() {
    return new LogReader(log, 0);
  }

  /** The entries in it; entry {@code i} is at place {@code i - 1}. */
  public List<Entry> entries() {
    return entries;
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
