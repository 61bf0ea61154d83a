package io.quorate.journal;

import static io.quorate.journal.JournalFixture.append;
import static io.quorate.journal.JournalFixture.replay;
import static io.quorate.journal.JournalFixture.settings;
import static io.quorate.journal.JournalFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFailureTest {
  private static final long SEGMENT_BYTES = 2 << 10;

  @TempDir Path directory;

  @Test
  void aFullDiskLosesNothingThatWasConfirmed() throws IOException {
    for (int free = 0; free < 3000; free += 37) {
      Path journal = directory.resolve("free-" + free);
      FailingDisk disk = FailingDisk.withoutSyncs();
      List<LogEvent> confirmed = new ArrayList<>();
      try (SegmentedLog log = SegmentedLog.open(settings(journal, SEGMENT_BYTES), disk)) {
        disk.free(free);
        assertThatThrownBy(() -> fill(log, confirmed)).hasMessage("No space left on device");
        assertThatThrownBy(() -> write(log, append(9, 1, 1)))
            .hasMessageContaining("failed before: No space left on device");
      }
      disk.free(Long.MAX_VALUE);
      try (SegmentedLog log = SegmentedLog.open(settings(journal, SEGMENT_BYTES), disk)) {
        assertThat(replay(log, 0)).isEqualTo(confirmed);
        LogEvent more = append(2, confirmed.size() + 1, confirmed.size() + 1);
        write(log, more);
        confirmed.add(more);
        assertThat(replay(log, 0)).isEqualTo(confirmed);
      }
    }
  }

  @Test
  void opensWhileTheDiskIsStillFull() throws IOException {
    FailingDisk disk = new FailingDisk();
    List<LogEvent> confirmed = new ArrayList<>();
    try (SegmentedLog log = SegmentedLog.open(settings(directory, SEGMENT_BYTES), disk)) {
      disk.free(500);
      assertThatThrownBy(() -> fill(log, confirmed)).isInstanceOf(IOException.class);
    }
    try (SegmentedLog log = SegmentedLog.open(settings(directory, SEGMENT_BYTES))) {
      assertThat(replay(log, 0)).isEqualTo(confirmed);
    }
  }

  @Test
  void aFailedSyncConfirmsNothingAndIsNotTriedAgain() throws IOException {
    FailingDisk disk = new FailingDisk();
    try (SegmentedLog log = SegmentedLog.open(settings(directory, SEGMENT_BYTES), disk)) {
      write(log, append(1, 1, 1));
      disk.failSyncs(true);
      assertThatThrownBy(() -> write(log, append(1, 2, 2))).hasMessage("Input/output error");
      disk.failSyncs(false);
      assertThatThrownBy(() -> write(log, append(1, 2, 2)))
          .hasMessageContaining("failed before: Input/output error");
      assertThat(replay(log, 0)).containsExactly(append(1, 1, 1));
    }
  }

  @Test
  void aSegmentThatCannotBePreparedDoesNotStopWrites() throws IOException {
    LogSettings growing = new LogSettings(directory, 1 << 20, 4 << 10, 16 << 20, 64 << 10);
    FailingDisk disk = new FailingDisk();
    try (SegmentedLog log = SegmentedLog.open(growing, disk)) {
      disk.free(20 << 10);
      for (long index = 1; index <= 40; index++) {
        write(log, append(1, index, index));
        log.awaitBackground();
        disk.free(20 << 10);
      }
      assertThat(log.state().segments()).extracting(Segment::capacity).contains(4L << 10);
      assertThat(replay(log, 0)).hasSize(40);
    }
  }

  private static void fill(SegmentedLog log, List<LogEvent> confirmed) throws IOException {
    for (long index = 1; index <= 1000; index++) {
      LogEvent event = append(1, index, index);
      write(log, event);
      confirmed.add(event);
    }
  }
}
