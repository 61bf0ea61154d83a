package io.quorate.journal;

import static io.quorate.journal.JournalFixture.RAFT_0;
import static io.quorate.journal.JournalFixture.append;
import static io.quorate.journal.JournalFixture.copy;
import static io.quorate.journal.JournalFixture.replay;
import static io.quorate.journal.JournalFixture.segment;
import static io.quorate.journal.JournalFixture.segments;
import static io.quorate.journal.JournalFixture.settings;
import static io.quorate.journal.JournalFixture.state;
import static io.quorate.journal.JournalFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Membership;
import io.quorate.raft.HardState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentedLogTest {
  private static final long SEGMENT_BYTES = 2 << 10;

  private static final List<LogEvent> GOLDEN =
      List.of(
          append(1, 1, 3),
          new LogEvent.MembersChanged(0, 2, Membership.of(Set.of(1L, 2L))),
          append(2, 3, 9),
          append(2, 10, 20),
          new LogEvent.LogReset(0, new HardState(3, 2, 30), 30, 3, 30, Membership.of(Set.of(5L))));

  @TempDir Path directory;

  @Test
  void findsEverythingAfterACrash() throws IOException {
    Path journal = directory.resolve("journal");
    List<LogEvent> written = new ArrayList<>();
    try (SegmentedLog log = SegmentedLog.open(settings(journal, SEGMENT_BYTES))) {
      for (long index = 1; index <= 60; index++) {
        written.add(append(1, index, index));
        write(log, append(1, index, index));
        if (index % 7 == 0) {
          Path crashed = copy(journal, directory.resolve("crash-" + index));
          try (SegmentedLog after = SegmentedLog.open(settings(crashed, SEGMENT_BYTES))) {
            assertThat(replay(after, 0)).isEqualTo(written);
          }
        }
      }
      assertThat(segments(log)).isGreaterThan(3);
    }
  }

  @Test
  void oneCallIsOneSync() throws IOException {
    try (SegmentedLog log = open()) {
      AtomicInteger syncs = new AtomicInteger();
      log.observeSyncs(nanos -> syncs.incrementAndGet());
      write(log, append(1, 1, 1), append(1, 2, 9), append(1, 10, 10));
      assertThat(syncs).hasValue(1);
      assertThat(replay(log, 0)).hasSize(3);
    }
  }

  @Test
  void keepsGroupsApart() throws IOException {
    LogEvent other = new LogEvent.EntriesAppended(9, state(4), 1, List.of());
    try (SegmentedLog log = open()) {
      write(log, append(1, 1, 2), other);
    }
    try (SegmentedLog log = open()) {
      assertThat(replay(log, 0)).containsExactly(append(1, 1, 2));
      assertThat(replay(log, 9)).containsExactly(other);
    }
  }

  @Test
  void deletesWholeSegmentsAndKeepsWhatTheyCameTo() throws IOException {
    Membership members = Membership.of(Set.of(1L, 2L, 3L));
    HardState lastState;
    LogEvent.LogReset base;
    try (SegmentedLog log = open()) {
      write(log, new LogEvent.MembersChanged(0, 1, members));
      for (long index = 1; index <= 60; index++) {
        write(log, append(index < 20 ? 1 : 2, index, index));
      }
      long deletable = log.deletableTo(RAFT_0, 40);
      assertThat(deletable).isPositive();
      int before = segments(log);
      log.deleteTo(RAFT_0, deletable);
      log.awaitBackground();
      assertThat(segments(log)).isLessThan(before);
      assertThat(Files.exists(segment(directory, 1))).isFalse();

      List<LogEvent> events = replay(log, 0);
      base = (LogEvent.LogReset) events.get(0);
      assertThat(base.members()).isEqualTo(members);
      assertThat(base.prevIndex()).isLessThanOrEqualTo(40).isGreaterThan(20);
      assertThat(base.prevTerm()).isEqualTo(2);
      lastState = base.hardState();
      assertThat(lastState).isEqualTo(state(2));
      assertThat(events.get(1)).isEqualTo(append(2, base.prevIndex() + 1, base.prevIndex() + 1));
      assertThat(log.state().firstIndex(RAFT_0)).isEqualTo(base.prevIndex() + 1);
    }
    try (SegmentedLog log = open()) {
      assertThat(replay(log, 0).get(0)).isEqualTo(base);
      assertThat(log.state().highestSequenceNr(RAFT_0)).isEqualTo(61);
    }
  }

  @Test
  void deletesNoSegmentThatAnotherGroupNeeds() throws IOException {
    LogEvent other = new LogEvent.EntriesAppended(9, state(4), 1, List.of());
    try (SegmentedLog log = open()) {
      write(log, other);
      for (long index = 1; index <= 60; index++) {
        write(log, append(1, index, index));
      }
      log.deleteTo(RAFT_0, log.deletableTo(RAFT_0, 40));
      log.awaitBackground();
      assertThat(Files.exists(segment(directory, 1))).isTrue();
    }
    try (SegmentedLog log = open()) {
      assertThat(replay(log, 9)).containsExactly(other);
      LogEvent.LogReset base = (LogEvent.LogReset) replay(log, 0).get(0);
      assertThat(base.prevIndex()).isBetween(20L, 40L);
      assertThat(replay(log, 0).get(1))
          .isEqualTo(append(1, base.prevIndex() + 1, base.prevIndex() + 1));
    }
  }

  @Test
  void keepsWhatDeletedMessagesCameToInsideASegment() throws IOException {
    try (SegmentedLog log = open()) {
      write(log, append(1, 1, 2));
      write(log, append(2, 3, 3));
      write(log, append(3, 4, 4));
      log.deleteTo(RAFT_0, 2);
      assertThat(replay(log, 0))
          .containsExactly(new LogEvent.LogReset(0, state(2), 3, 2, 0, null), append(3, 4, 4));
      log.deleteTo(RAFT_0, 3);
      assertThat(replay(log, 0)).containsExactly(new LogEvent.LogReset(0, state(3), 4, 3, 0, null));
    }
  }

  @Test
  void opensWhatTheFirstFormatWrote() throws IOException {
    Path golden = Path.of("src/test/resources/golden/journal-1");
    Path journal = copy(golden, directory.resolve("golden"));
    try (SegmentedLog log = SegmentedLog.open(settings(journal, 1 << 10))) {
      assertThat(replay(log, 0)).isEqualTo(GOLDEN);
    }
    Path written = directory.resolve("written");
    writeGolden(written);
    for (int number = 1; number <= 2; number++) {
      assertThat(segment(written, number)).hasSameBinaryContentAs(segment(golden, number));
    }
  }

  @Test
  void finishesADeletionThatACrashInterrupted() throws IOException {
    Path journal = directory.resolve("journal");
    Path crashed;
    try (SegmentedLog log = SegmentedLog.open(settings(journal, SEGMENT_BYTES))) {
      for (long index = 1; index <= 60; index++) {
        write(log, append(1, index, index));
      }
      Path before = copy(journal, directory.resolve("before"));
      log.deleteTo(RAFT_0, log.deletableTo(RAFT_0, 40));
      log.awaitBackground();
      crashed = copy(journal, directory.resolve("crashed"));
      Files.copy(segment(before, 1), segment(crashed, 1));
      Files.copy(segment(before, 2), segment(crashed, 2));
      Files.copy(segment(before, 3), segment(crashed, 3));
    }
    try (SegmentedLog log = SegmentedLog.open(settings(crashed, SEGMENT_BYTES))) {
      log.awaitBackground();
      assertThat(Files.exists(segment(crashed, 1))).isFalse();
      assertThat(replay(log, 0).get(0)).isInstanceOf(LogEvent.LogReset.class);
    }
  }

  @Test
  void refusesAGapBetweenSegments() throws IOException {
    try (SegmentedLog log = open()) {
      for (long index = 1; index <= 60; index++) {
        write(log, append(1, index, index));
      }
    }
    Files.delete(segment(directory, 2));
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptJournalException.class)
        .hasMessageContaining("segment 3 follows segment 1");
    Files.delete(segment(directory, 1));
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptJournalException.class)
        .hasMessageContaining("is gone, but raft-0 needs it");
  }

  @Test
  void refusesAShortSegmentThatAnotherFollows() throws IOException {
    try (SegmentedLog log = open()) {
      for (long index = 1; index <= 60; index++) {
        write(log, append(1, index, index));
      }
      long end = log.state().segments().get(0).end();
      try (Disk.DiskFile file = Disk.REAL.open(segment(directory, 1))) {
        Segment.fillZeros(file, end - 20, end);
      }
    }
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptJournalException.class)
        .hasMessageContaining("another segment follows");
  }

  @Test
  void refusesASecondProcess() throws IOException {
    try (SegmentedLog log = open()) {
      assertThat(segments(log)).isEqualTo(1);
      assertThatThrownBy(this::open).hasMessageContaining("in use by another process");
    }
    open().close();
  }

  @Test
  void aFreshJournalIsSmall() throws IOException {
    LogSettings product = new LogSettings(directory, 64 << 20, 1 << 20, 16 << 20, 64 << 10);
    try (SegmentedLog log = SegmentedLog.open(product)) {
      write(log, append(1, 1, 1));
      log.awaitBackground();
      try (var files = Files.list(directory)) {
        assertThat(files.mapToLong(file -> file.toFile().length()).sum())
            .isLessThanOrEqualTo(1 << 20);
      }
    }
  }

  @Test
  void segmentsGrowAndAreFilledAhead() throws IOException {
    LogSettings growing = new LogSettings(directory, 256 << 10, 4 << 10, 16 << 20, 64 << 10);
    try (SegmentedLog log = SegmentedLog.open(growing)) {
      for (long index = 1; index <= 400; index++) {
        write(log, append(1, index, index));
        log.awaitBackground();
      }
      assertThat(log.state().segments())
          .extracting(Segment::capacity)
          .startsWith(4L << 10, 32L << 10);
    }
    assertThat(Files.size(segment(directory, 2))).isEqualTo(32 << 10);
  }

  @Test
  void takesARecordThatIsLargerThanASegment() throws IOException {
    try (SegmentedLog log = open()) {
      write(log, append(1, 1, 1));
      write(log, append(1, 2, 500));
      write(log, append(1, 501, 501));
    }
    try (SegmentedLog log = open()) {
      assertThat(replay(log, 0))
          .containsExactly(append(1, 1, 1), append(1, 2, 500), append(1, 501, 501));
    }
  }

  private static void writeGolden(Path golden) throws IOException {
    try (SegmentedLog log = SegmentedLog.open(settings(golden, 1 << 10))) {
      for (LogEvent event : GOLDEN) {
        write(log, event);
      }
      assertThat(segments(log)).isEqualTo(2);
    }
  }

  private SegmentedLog open() throws IOException {
    return SegmentedLog.open(settings(directory, SEGMENT_BYTES));
  }
}
