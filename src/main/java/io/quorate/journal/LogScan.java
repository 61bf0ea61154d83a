package io.quorate.journal;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the messages of one persistence id again, in their order. Used once, by one thread. */
final class LogScan {
  /** Takes what is found. */
  interface Visitor {
    /** All messages up to {@code sequenceNr} are deleted; together they came to {@code state}. */
    void base(GroupState state, long sequenceNr);

    /** The next message; its payload is valid during the call. */
    void message(Writes.Message message);
  }

  private final SegmentedLog log;
  private final String persistenceId;
  private final long from;
  private final long to;
  private final long deletedTo;
  private final Visitor visitor;
  private long left;
  private boolean wantsBase;
  private @Nullable GroupState state;

  /**
   * Reads the messages from {@code from} to {@code to}, both inclusive, that are not deleted, at
   * most {@code max} of them. If {@code from} reaches into what is deleted, and the persistence id
   * is that of a Raft group, the visitor is first told what the deleted ones came to.
   */
  LogScan(SegmentedLog log, String persistenceId, long from, long to, long max, Visitor visitor) {
    this.log = log;
    this.persistenceId = persistenceId;
    this.from = from;
    this.to = to;
    this.left = max;
    this.visitor = visitor;
    this.deletedTo = log.state().deletedTo(persistenceId);
  }

  void run() throws IOException {
    List<Segment> segments = log.state().segments();
    int first = firstSegment(segments);
    wantsBase = from <= deletedTo;
    if (wantsBase) {
      state = segments.get(first).baseOf(persistenceId).group();
    }
    for (int i = first; i < segments.size() && left > 0; i++) {
      if (segments.get(i).baseOf(persistenceId).highestSequenceNr() >= to) {
        break;
      }
      scan(segments.get(i));
    }
    giveBase();
  }

  private int firstSegment(List<Segment> segments) {
    long needed = Math.max(deletedTo, from - 1);
    for (int i = segments.size() - 1; i > 0; i--) {
      if (segments.get(i).baseOf(persistenceId).highestSequenceNr() <= needed) {
        return i;
      }
    }
    return 0;
  }

  private void scan(Segment segment) throws IOException {
    try (RecordReader reader = log.read(segment, 0)) {
      while (left > 0 && reader.next()) {
        if (reader.type() == RecordBuffer.Type.WRITES) {
          for (Writes.Message message : Writes.read(reader.body())) {
            if (message.persistenceId().equals(persistenceId)) {
              take(message);
            }
          }
        }
      }
      if (left > 0 && reader.position() != segment.end()) {
        throw reader.corrupt("record cannot be read again");
      }
    } catch (NoSuchFileException e) {
      throw new IOException("journal was compacted while it was read", e);
    }
  }

  private void take(Writes.Message message) {
    if (message.sequenceNr() <= deletedTo) {
      if (wantsBase && message.payloadType() == Writes.PAYLOAD_EVENT) {
        GroupState before = state == null ? GroupState.initial(message.group()) : state;
        state = before.after(EventCodec.decode(message.payload()));
      }
    } else if (message.sequenceNr() >= from && message.sequenceNr() <= to && left > 0) {
      giveBase();
      left--;
      visitor.message(message);
    }
  }

  private void giveBase() {
    if (state != null) {
      visitor.base(state, deletedTo);
      state = null;
    }
  }
}
