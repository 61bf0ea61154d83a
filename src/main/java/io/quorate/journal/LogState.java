package io.quorate.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a journal in memory: its segments, and of each persistence id how far it goes
 * and where its entries are. Everything in it is durable. Safe from any thread; no method does I/O.
 */
final class LogState {
  private static final class Stream {
    private final EntryIndex index;
    private long highestSequenceNr;
    private long deletedTo;
    private @Nullable GroupState group;

    Stream(int indexStepBytes) {
      index = new EntryIndex(indexStepBytes);
    }
  }

  /**
   * A part of a segment to read.
   *
   * @param segment what to read
   * @param stretch from where, and up to which index
   */
  record Read(Segment segment, EntryIndex.Stretch stretch) {}

  private final int indexStepBytes;
  private final TreeMap<String, Stream> streams = new TreeMap<>();
  private final List<Segment> segments = new ArrayList<>();

  LogState(int indexStepBytes) {
    this.indexStepBytes = indexStepBytes;
  }

  /** The next segment; the first one brings the state that its base holds. */
  synchronized void add(Segment segment) {
    if (segments.isEmpty()) {
      for (Base.Stream row : segment.base().streams()) {
        Stream stream = stream(row.persistenceId());
        stream.highestSequenceNr = row.highestSequenceNr();
        stream.deletedTo = row.deletedTo();
        stream.group = row.group();
        if (row.group() != null) {
          stream.index.reset(row.group().lastIndex(), row.group().lastTerm());
        }
      }
    }
    segments.add(segment);
  }

  /** The base of a segment that would begin now. */
  synchronized Base base(long segment, long previousEnd) {
    List<Base.Stream> rows = new ArrayList<>();
    streams.forEach(
        (persistenceId, stream) ->
            rows.add(
                new Base.Stream(
                    persistenceId, stream.highestSequenceNr, stream.deletedTo, stream.group)));
    return new Base(segment, previousEnd, rows);
  }

  /** A write became durable in the record at {@code offset}. */
  synchronized void written(Segment segment, long offset, Writes.Written write) {
    Stream stream = sequence(segment, write.persistenceId(), write.lastSequenceNr());
    for (LogEvent event : write.events()) {
      apply(stream, segment, offset, event);
    }
  }

  /** A message was found in the record at {@code offset}. */
  synchronized void found(Segment segment, long offset, Writes.Message message) {
    Stream stream = sequence(segment, message.persistenceId(), message.sequenceNr());
    if (message.payloadType() != Writes.PAYLOAD_EVENT) {
      return;
    }
    EventCodec.Appended appended = EventCodec.peekAppended(message.payload());
    if (appended == null) {
      apply(stream, segment, offset, EventCodec.decode(message.payload().duplicate()));
    } else {
      stream.group = groupOf(stream, appended.group()).after(appended);
      indexEntries(stream, segment, offset, appended);
    }
  }

  /** Everything up to {@code sequenceNr} of {@code persistenceId} is deleted. */
  synchronized void deleted(String persistenceId, long sequenceNr) {
    Stream stream = stream(persistenceId);
    stream.deletedTo = Math.max(stream.deletedTo, sequenceNr);
  }

  synchronized long highestSequenceNr(String persistenceId) {
    Stream stream = streams.get(persistenceId);
    return stream == null ? 0 : stream.highestSequenceNr;
  }

  synchronized long deletedTo(String persistenceId) {
    Stream stream = streams.get(persistenceId);
    return stream == null ? 0 : stream.deletedTo;
  }

  /**
   * The last sequence number that may be deleted, in whole segments, if the entries at and below
   * {@code index} are no longer needed; 0 if none.
   */
  synchronized long deletableTo(String persistenceId, long index) {
    for (int i = segments.size() - 1; i > 0; i--) {
      Base.Stream row = segments.get(i).baseOf(persistenceId);
      GroupState group = row.group();
      if (group != null && group.lastIndex() <= index) {
        return row.highestSequenceNr();
      }
    }
    return 0;
  }

  /** Takes out and returns the oldest segments of which nothing is needed, never the last one. */
  synchronized List<Segment> takeUnneeded() {
    List<Segment> unneeded = new ArrayList<>();
    while (segments.size() > 1 && isUnneeded(segments.get(0))) {
      unneeded.add(segments.remove(0));
    }
    if (!unneeded.isEmpty()) {
      Segment first = segments.get(0);
      for (Base.Stream row : first.base().streams()) {
        GroupState group = row.group();
        if (group != null) {
          stream(row.persistenceId())
              .index
              .forgetBelow(first.number(), group.lastIndex(), group.lastTerm());
        }
      }
    }
    return unneeded;
  }

  /** The segments now, oldest first. */
  synchronized List<Segment> segments() {
    return List.copyOf(segments);
  }

  /** A persistence id that lacks messages because a segment before the first is gone, or null. */
  synchronized @Nullable String lackingStream() {
    for (Base.Stream row : segments.get(0).base().streams()) {
      if (row.highestSequenceNr() > deletedTo(row.persistenceId())) {
        return row.persistenceId();
      }
    }
    return null;
  }

  /** The index of the first entry that can be read; above {@link #lastIndex} if there is none. */
  synchronized long firstIndex(String persistenceId) {
    Stream stream = streams.get(persistenceId);
    return stream == null ? 1 : stream.index.firstIndex();
  }

  /** The term of the entry before {@link #firstIndex}, if it is known. */
  synchronized OptionalLong prevTerm(String persistenceId) {
    Stream stream = streams.get(persistenceId);
    return stream == null ? OptionalLong.of(0) : stream.index.prevTerm();
  }

  /** The index of the last entry. */
  synchronized long lastIndex(String persistenceId) {
    Stream stream = streams.get(persistenceId);
    return stream == null ? 0 : stream.index.lastIndex();
  }

  /** What to read for the entries from {@code from} to {@code to}, both inclusive. */
  synchronized List<Read> plan(String persistenceId, long from, long to) {
    List<Read> plan = new ArrayList<>();
    Stream stream = streams.get(persistenceId);
    if (stream != null && !segments.isEmpty()) {
      long first = segments.get(0).number();
      for (EntryIndex.Stretch stretch : stream.index.plan(from, to)) {
        plan.add(new Read(segments.get((int) (stretch.point().segment() - first)), stretch));
      }
    }
    return plan;
  }

  private boolean isUnneeded(Segment segment) {
    for (Map.Entry<String, Long> last : segment.lastSequenceNrs().entrySet()) {
      if (last.getValue() > deletedTo(last.getKey())) {
        return false;
      }
    }
    return true;
  }

  private Stream sequence(Segment segment, String persistenceId, long sequenceNr) {
    Stream stream = stream(persistenceId);
    stream.highestSequenceNr = Math.max(stream.highestSequenceNr, sequenceNr);
    segment.holds(persistenceId, stream.highestSequenceNr);
    return stream;
  }

  private void apply(Stream stream, Segment segment, long offset, LogEvent event) {
    stream.group = groupOf(stream, event.group()).after(event);
    if (event instanceof LogEvent.EntriesAppended appended) {
      indexEntries(stream, segment, offset, EventCodec.Appended.of(appended));
    } else if (event instanceof LogEvent.LogReset reset) {
      stream.index.reset(reset.prevIndex(), reset.prevTerm());
    }
  }

  private static void indexEntries(
      Stream stream, Segment segment, long offset, EventCodec.Appended appended) {
    if (appended.count() > 0) {
      stream.index.appended(appended.firstIndex(), appended.lastIndex(), segment.number(), offset);
    }
  }

  private static GroupState groupOf(Stream stream, int group) {
    return stream.group == null ? GroupState.initial(group) : stream.group;
  }

  private Stream stream(String persistenceId) {
    return streams.computeIfAbsent(persistenceId, id -> new Stream(indexStepBytes));
  }
}
