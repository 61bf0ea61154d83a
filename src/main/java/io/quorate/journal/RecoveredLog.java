package io.quorate.journal;

import io.quorate.base.Check;
import io.quorate.base.Membership;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogOutline;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The log as the events replayed so far make it, bounded: while its entries count for more than
 * {@code tailBytesMax}, the oldest ones are left to the log reader. Of those that are already
 * applied nothing is remembered, of the others an outline. Not thread-safe.
 */
public final class RecoveredLog {
  /** There is no store: what counts as applied is what the log says to be committed. */
  public static final long AS_COMMITTED = Long.MAX_VALUE;

  private final long appliedIndex;
  private final long tailBytesMax;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private long bytes;
  private HardState hardState = HardState.INITIAL;
  private long prevIndex;
  private long prevTerm;
  // Entries behind prevIndex that were left to the reader: there are none while left == prevIndex.
  private final List<LogOutline.Run> runs = new ArrayList<>();
  private final List<Long> confChanges = new ArrayList<>();
  private long left;
  private long membersIndex;
  private @Nullable Membership members;

  /**
   * An empty log, of which the store holds everything up to {@code appliedIndex}, or {@link
   * #AS_COMMITTED}.
   */
  public RecoveredLog(long appliedIndex, long tailBytesMax) {
    this.appliedIndex = appliedIndex;
    this.tailBytesMax = tailBytesMax;
  }

  /** Takes the next event. */
  public void apply(LogEvent event) {
    if (event instanceof LogEvent.EntriesAppended appended) {
      hardState = appended.hardState();
      append(appended);
    } else if (event instanceof LogEvent.MembersChanged changed) {
      membersIndex = changed.index();
      members = changed.members();
    } else if (event instanceof LogEvent.LogReset reset) {
      entries.clear();
      bytes = 0;
      hardState = reset.hardState();
      begin(reset.prevIndex(), reset.prevTerm());
      membersIndex = reset.membersIndex();
      members = reset.members();
    } else {
      throw Check.unreachable(event);
    }
  }

  /** What was recovered. */
  public LogContent content() {
    LogOutline before = new LogOutline(prevIndex, prevTerm, runs, left, confChanges);
    return new LogContent(hardState, before, new ArrayList<>(entries), members, membersIndex);
  }

  private void append(LogEvent.EntriesAppended appended) {
    List<Entry> added = appended.entries();
    if (added.isEmpty()) {
      return;
    }
    long first = appended.firstIndex();
    while (!entries.isEmpty() && entries.getLast().index() >= first) {
      bytes -= entries.removeLast().sizeBytes();
    }
    int kept = 0;
    if (first <= prevIndex) {
      // The suffix that is replaced reaches below what was kept, and what was not kept is applied,
      // so this event only repeats the past: its first entry is the one to go on from.
      Entry base = added.get(0);
      begin(base.index(), base.term());
      kept = 1;
    } else if (first <= left) {
      cutAfter(first - 1);
    }
    Check.that(
        first <= lastIndex() + 1 || kept == 1,
        "log has a gap: entry %d follows entry %d",
        first,
        lastIndex());
    for (Entry entry : added.subList(kept, added.size())) {
      entries.addLast(entry);
      bytes += entry.sizeBytes();
    }
    trim();
  }

  private long lastIndex() {
    return entries.isEmpty() ? left : entries.getLast().index();
  }

  private void begin(long index, long term) {
    prevIndex = index;
    prevTerm = term;
    left = index;
    runs.clear();
    confChanges.clear();
  }

  private void cutAfter(long index) {
    left = index;
    runs.removeIf(run -> run.first() > index);
    confChanges.removeIf(change -> change > index);
  }

  private void trim() {
    while (bytes > tailBytesMax && !entries.isEmpty()) {
      Entry oldest = entries.removeFirst();
      bytes -= oldest.sizeBytes();
      if (oldest.index() <= (appliedIndex == AS_COMMITTED ? hardState.commit() : appliedIndex)) {
        begin(oldest.index(), oldest.term());
      } else {
        leave(oldest);
      }
    }
  }

  private void leave(Entry entry) {
    left = entry.index();
    if (runs.isEmpty() || runs.get(runs.size() - 1).term() != entry.term()) {
      runs.add(new LogOutline.Run(entry.index(), entry.term()));
    }
    if (entry.kind() == Entry.Kind.CONF_CHANGE) {
      confChanges.add(entry.index());
    }
  }
}
