package io.quorate.node;

import io.quorate.base.Check;
import io.quorate.base.Membership;
import io.quorate.journal.LogEvent;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The log as the events replayed so far make it, bounded: while its entries count for more than
 * {@code tailBytesMax}, the oldest ones that are already applied are left to the log reader. Not
 * thread-safe.
 */
final class RecoveredLog {
  private final long appliedIndex;
  private final long tailBytesMax;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private long bytes;
  private HardState hardState = HardState.INITIAL;
  private long prevIndex;
  private long prevTerm;
  private long membersIndex;
  private @Nullable Membership members;

  /** An empty log; entries above {@code appliedIndex} are always kept. */
  RecoveredLog(long appliedIndex, long tailBytesMax) {
    this.appliedIndex = appliedIndex;
    this.tailBytesMax = tailBytesMax;
  }

  void apply(LogEvent event) {
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
      prevIndex = reset.prevIndex();
      prevTerm = reset.prevTerm();
      membersIndex = reset.membersIndex();
      members = reset.members();
    } else {
      throw Check.unreachable(event);
    }
  }

  /** What was recovered. */
  JournalActor.Recovered toRecovered() {
    return new JournalActor.Recovered(
        hardState, prevIndex, prevTerm, new ArrayList<>(entries), members, membersIndex);
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
      prevIndex = base.index();
      prevTerm = base.term();
      kept = 1;
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
    return entries.isEmpty() ? prevIndex : entries.getLast().index();
  }

  private void trim() {
    while (bytes > tailBytesMax
        && !entries.isEmpty()
        && entries.getFirst().index() <= appliedIndex) {
      Entry oldest = entries.removeFirst();
      bytes -= oldest.sizeBytes();
      prevIndex = oldest.index();
      prevTerm = oldest.term();
    }
  }
}
