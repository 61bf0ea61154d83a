package io.quorate.journal;

import io.quorate.base.Bytes;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** What the tests of the journal share: writing events without actors, and looking at the files. */
final class JournalFixture {
  static final String RAFT_0 = LogEvent.persistenceId(0);

  private JournalFixture() {}

  static LogSettings settings(Path directory, long segmentBytes) {
    return new LogSettings(directory, segmentBytes, segmentBytes, 16 << 20, 256);
  }

  static HardState state(long term) {
    return new HardState(term, 1, 0);
  }

  static Entry entry(long term, long index, String data) {
    return new Entry(term, index, Entry.Kind.NORMAL, Bytes.utf8(data));
  }

  /** Entries of {@code term} from {@code first} to {@code last} with telling payloads. */
  static LogEvent.EntriesAppended append(long term, long first, long last) {
    List<Entry> entries = new ArrayList<>();
    for (long index = first; index <= last; index++) {
      entries.add(entry(term, index, "value of " + index + " in term " + term));
    }
    return new LogEvent.EntriesAppended(0, state(term), first, entries);
  }

  /** Writes {@code events} as one record, each as a write of its own. */
  static void write(SegmentedLog log, LogEvent... events) throws IOException {
    log.append(
        buffer -> {
          List<Writes.Written> written = new ArrayList<>();
          for (LogEvent event : events) {
            String id = LogEvent.persistenceId(event.group());
            long sequenceNr = log.state().highestSequenceNr(id) + 1;
            for (Writes.Written before : written) {
              sequenceNr += before.persistenceId().equals(id) ? 1 : 0;
            }
            Writes.begin(buffer, id, event.group(), sequenceNr, 1, "writer");
            Writes.putEvent(buffer, 0, "", event);
            written.add(new Writes.Written(id, sequenceNr, List.of(event)));
          }
          return written;
        });
  }

  /** All events of {@code group}, the base of what was deleted first. */
  static List<LogEvent> replay(SegmentedLog log, int group) throws IOException {
    List<LogEvent> events = new ArrayList<>();
    LogScan.Visitor visitor =
        new LogScan.Visitor() {
          @Override
          public void base(GroupState state, long sequenceNr) {
            events.add(state.toReset());
          }

          @Override
          public void message(Writes.Message message) {
            events.add(EventCodec.decode(message.payload()));
          }
        };
    String id = LogEvent.persistenceId(group);
    new LogScan(log, id, 1, Long.MAX_VALUE, Long.MAX_VALUE, visitor).run();
    return events;
  }

  /** What is left of {@code from} after a crash: its files as they are now. */
  static Path copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path target = to.resolve(from.relativize(file).toString());
            Files.createDirectories(target.getParent());
            Files.copy(file, target);
            return FileVisitResult.CONTINUE;
          }
        });
    return to;
  }

  static Path segment(Path directory, long number) {
    return Segment.pathOf(directory, number);
  }

  /** The end of the last record of the last segment. */
  static long end(SegmentedLog log) {
    List<Segment> segments = log.state().segments();
    return segments.get(segments.size() - 1).end();
  }

  static int segments(SegmentedLog log) {
    return log.state().segments().size();
  }
}
