package io.quorate.journal;

import static io.quorate.journal.JournalFixture.RAFT_0;
import static io.quorate.journal.JournalFixture.append;
import static io.quorate.journal.JournalFixture.settings;
import static io.quorate.journal.JournalFixture.state;
import static io.quorate.journal.JournalFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.raft.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogReaderTest {
  private static final long SEGMENT_BYTES = 2 << 10;
  private static final long ALL_BYTES = Long.MAX_VALUE;

  @TempDir Path directory;

  @Test
  void readsWhatALogWithConflictsHolds() throws IOException {
    for (int seed = 1; seed <= 30; seed++) {
      Random random = new Random(seed);
      Path journal = directory.resolve("seed-" + seed);
      List<Entry> model = new ArrayList<>();
      try (SegmentedLog log = open(journal)) {
        for (int step = 0; step < 120; step++) {
          LogEvent[] events = new LogEvent[1 + random.nextInt(3)];
          for (int i = 0; i < events.length; i++) {
            events[i] = next(random, 3L * step + i + 1, model);
          }
          write(log, events);
        }
        assertReads(log, model, random);
      }
      try (SegmentedLog log = open(journal)) {
        assertReads(log, model, random);
      }
    }
  }

  @Test
  void endsAtTheBoundButGivesAtLeastOne() throws IOException {
    try (SegmentedLog log = open(directory)) {
      write(log, append(1, 1, 10));
      write(log, append(1, 11, 20));
      LogReader reader = new LogReader(log, 0);
      List<Entry> all = append(1, 1, 20).entries();
      assertThat(reader.read(3, 20, 0)).isEqualTo(all.subList(2, 3));
      assertThat(reader.read(15, 20, 0)).isEqualTo(all.subList(14, 15));
      int three = all.subList(2, 5).stream().mapToInt(Entry::sizeBytes).sum();
      assertThat(reader.read(3, 20, three)).isEqualTo(all.subList(2, 5));
      assertThat(reader.read(3, 20, three - 1)).isEqualTo(all.subList(2, 4));
      assertThat(reader.read(9, 14, ALL_BYTES)).isEqualTo(all.subList(8, 14));
      assertThat(reader.read(21, 30, ALL_BYTES)).isEmpty();
    }
  }

  @Test
  void saysWhatIsCompacted() throws IOException {
    try (SegmentedLog log = open(directory)) {
      for (long index = 1; index <= 60; index++) {
        write(log, append(1, index, index));
      }
      log.deleteTo(RAFT_0, log.deletableTo(RAFT_0, 30));
      LogReader reader = new LogReader(log, 0);
      long first = reader.firstIndex();
      assertThat(first).isBetween(10L, 31L);
      assertThat(reader.read(first, 60, ALL_BYTES)).isEqualTo(append(1, first, 60).entries());
      assertThat(reader.term(first - 1)).hasValue(1);
      assertThat(reader.term(60)).hasValue(1);
      assertThat(reader.term(first - 2)).isEmpty();
      assertThat(reader.term(61)).isEmpty();
      assertThatThrownBy(() -> reader.read(first - 1, 60, ALL_BYTES))
          .isInstanceOf(LogReader.CompactedException.class)
          .hasMessage("entry " + (first - 1) + " is compacted, the journal begins at " + first);
    }
  }

  @Test
  void beginsAfterTheSnapshotThatReplacedTheLog() throws IOException {
    try (SegmentedLog log = open(directory)) {
      write(log, append(1, 1, 10));
      write(log, new LogEvent.LogReset(0, state(3), 100, 3, 100, null));
      LogReader reader = new LogReader(log, 0);
      assertThat(reader.firstIndex()).isEqualTo(101);
      assertThat(reader.lastIndex()).isEqualTo(100);
      assertThat(reader.term(100)).hasValue(3);
      write(log, append(3, 101, 103));
      assertThat(reader.read(101, 110, ALL_BYTES)).isEqualTo(append(3, 101, 103).entries());
      assertThatThrownBy(() -> reader.read(10, 110, ALL_BYTES))
          .isInstanceOf(LogReader.CompactedException.class);
    }
  }

  @Test
  void readsWhileTheLogGrowsAndShrinks() throws Exception {
    try (SegmentedLog log = open(directory)) {
      write(log, append(1, 1, 1));
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (long index = 2; index <= 1500; index++) {
                    write(log, append(1, index, index));
                    if (index % 200 == 0) {
                      log.deleteTo(RAFT_0, log.deletableTo(RAFT_0, index - 100));
                    }
                  }
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      LogReader reader = new LogReader(log, 0);
      long read = 0;
      while (!writer.isDone()) {
        long last = reader.lastIndex();
        long from = Math.max(1, last - 50);
        try {
          assertThat(reader.read(from, last, ALL_BYTES)).isEqualTo(append(1, from, last).entries());
          read++;
        } catch (LogReader.CompactedException e) {
          assertThat(reader.firstIndex()).isGreaterThan(from);
        }
      }
      writer.get();
      assertThat(read).isPositive();
    }
  }

  private static SegmentedLog open(Path journal) throws IOException {
    return SegmentedLog.open(settings(journal, SEGMENT_BYTES), FailingDisk.withoutSyncs());
  }

  /** An event that appends, and in one of four cases replaces up to ten entries. */
  private static LogEvent next(Random random, long term, List<Entry> model) {
    int kept = model.size();
    if (random.nextInt(4) == 0) {
      kept = Math.max(0, kept - random.nextInt(10));
    }
    int count = random.nextInt(6);
    if (count == 0) {
      return new LogEvent.EntriesAppended(0, state(term), kept + 1, List.of());
    }
    model.subList(kept, model.size()).clear();
    LogEvent.EntriesAppended event = append(term, kept + 1, kept + count);
    model.addAll(event.entries());
    return event;
  }

  private static void assertReads(SegmentedLog log, List<Entry> model, Random random)
      throws IOException {
    LogReader reader = new LogReader(log, 0);
    assertThat(reader.lastIndex()).isEqualTo(model.size());
    assertThat(reader.read(1, model.size(), ALL_BYTES)).isEqualTo(model);
    for (int i = 0; i < 40; i++) {
      int from = 1 + random.nextInt(model.size());
      int to = from + random.nextInt(model.size() - from + 1);
      assertThat(reader.read(from, to, ALL_BYTES)).isEqualTo(model.subList(from - 1, to));
    }
  }
}
