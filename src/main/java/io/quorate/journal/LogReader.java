package io.quorate.journal;

import io.quorate.raft.Entry;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads entries of one Raft group back from the segments, for followers that lag behind what is in
 * memory. It sees what is durable at the moment of the call. Every call does file I/O; safe from
 * any thread, also while the journal is written.
 */
public final class LogReader {
  /** The entries asked for are no longer in the journal. */
  public static final class CompactedException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Says that {@code index} was asked for and {@code firstIndex} is the oldest. */
    public CompactedException(long index, long firstIndex) {
      super("entry " + index + " is compacted, the journal begins at " + firstIndex);
    }
  }

  private final SegmentedLog log;
  private final String persistenceId;

  LogReader(SegmentedLog log, int group) {
    this.log = log;
    this.persistenceId = LogEvent.persistenceId(group);
  }

  /** The index of the oldest entry that can be read; above {@link #lastIndex} if there is none. */
  public long firstIndex() {
    return log.state().firstIndex(persistenceId);
  }

  /** The index of the last durable entry, 0 if there never was one. */
  public long lastIndex() {
    return log.state().lastIndex(persistenceId);
  }

  /**
   * The term of the entry at {@code index}, which is between {@link #firstIndex} minus one and
   * {@link #lastIndex}; empty outside, and where the log no longer tells.
   */
  public OptionalLong term(long index) throws IOException {
    if (index == firstIndex() - 1) {
      return log.state().prevTerm(persistenceId);
    }
    try {
      List<Entry> entries = read(index, index, 0);
      return entries.isEmpty() ? OptionalLong.empty() : OptionalLong.of(entries.get(0).term());
    } catch (CompactedException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * The entries from {@code from} to {@code to}, both inclusive, as far as they are durable, up to
   * {@code bytesMax} (as {@link Entry#sizeBytes} counts), but at least one if there is any. Throws
   * {@link CompactedException} if {@code from} is below {@link #firstIndex}, and {@link
   * CorruptJournalException} if a record cannot be read again.
   */
  public List<Entry> read(long from, long to, long bytesMax) throws IOException {
    List<LogState.Read> plan = log.state().plan(persistenceId, from, to);
    if (plan.isEmpty() && from <= Math.min(to, lastIndex())) {
      throw new CompactedException(from, firstIndex());
    }
    Collector collector = new Collector(from, bytesMax);
    try {
      for (LogState.Read read : plan) {
        if (!readStretch(read, collector)) {
          break;
        }
      }
    } catch (NoSuchFileException e) {
      throw new CompactedException(from, firstIndex());
    }
    return collector.entries;
  }

  /** Reads one stretch; false once the collector is full. */
  private boolean readStretch(LogState.Read read, Collector collector) throws IOException {
    long end = read.stretch().endIndex();
    try (RecordReader reader = log.read(read.segment(), read.stretch().point().offset())) {
      while (collector.next() < end) {
        if (!reader.next()) {
          throw reader.corrupt("record with entry " + collector.next() + " cannot be read again");
        }
        if (reader.type() == RecordBuffer.Type.WRITES) {
          for (Writes.Message message : Writes.read(reader.body())) {
            if (message.payloadType() == Writes.PAYLOAD_EVENT
                && message.persistenceId().equals(persistenceId)) {
              collector.take(message, end);
            }
          }
          // Only between records: a later write of the same record may replace an earlier one.
          if (collector.full()) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private static final class Collector {
    private final List<Entry> entries = new ArrayList<>();
    private final long from;
    private final long bytesMax;
    private long bytes;
    private boolean overflowed;

    Collector(long from, long bytesMax) {
      this.from = from;
      this.bytesMax = bytesMax;
    }

    long next() {
      return from + entries.size();
    }

    boolean full() {
      int last = entries.size() - 1;
      while (last > 0 && bytes > bytesMax) {
        bytes -= entries.remove(last).sizeBytes();
        last--;
        overflowed = true;
      }
      return !entries.isEmpty() && (overflowed || bytes >= bytesMax);
    }

    void take(Writes.Message message, long end) {
      EventCodec.Appended fixed = EventCodec.peekAppended(message.payload());
      if (fixed == null
          || fixed.count() == 0
          || fixed.firstIndex() >= end
          || fixed.lastIndex() < from) {
        return;
      }
      LogEvent event = EventCodec.decode(message.payload());
      if (!(event instanceof LogEvent.EntriesAppended appended)) {
        return;
      }
      while (next() > Math.max(appended.firstIndex(), from)) {
        bytes -= entries.remove(entries.size() - 1).sizeBytes();
      }
      for (Entry entry : appended.entries()) {
        if (entry.index() == next() && entry.index() < end) {
          entries.add(entry);
          bytes += entry.sizeBytes();
        }
      }
    }
  }
}
