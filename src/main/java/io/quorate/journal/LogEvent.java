package io.quorate.journal;

import io.quorate.base.Membership;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the journal of one Raft group says, in the order in which it became durable. A journal can
 * only forget a prefix, so the removal of a conflicting suffix is itself part of an event.
 *
 * <p>Example: {@code append(1, [a b c])}, {@code append(3, [d])}, {@code append(4, [e])} is the log
 * {@code a b d e}.
 */
public sealed interface LogEvent {
  /** The Raft group, which is also the keyspace; 0 is the first. */
  int group();

  /** The persistence id under which the journal of {@code group} is kept. */
  static String persistenceId(int group) {
    return "raft-" + group;
  }

  /**
   * Entries were appended, after everything at and above {@code firstIndex} was discarded. Without
   * entries nothing is discarded and only the hard state has changed.
   *
   * @param group the Raft group
   * @param hardState the whole hard state after this event
   * @param firstIndex the index of the first of {@code entries}
   * @param entries consecutive in index
   */
  record EntriesAppended(int group, HardState hardState, long firstIndex, List<Entry> entries)
      implements LogEvent {
    /** Copies the list. */
    public EntriesAppended {
      entries = List.copyOf(entries);
    }
  }

  /**
   * The membership that holds once the entry at {@code index} is applied.
   *
   * @param group the Raft group
   * @param index the index of the entry that changed it
   * @param members the new membership
   */
  record MembersChanged(int group, long index, Membership members) implements LogEvent {}

  /**
   * The log was replaced by a snapshot, or its older part was compacted: it is empty and goes on
   * after {@code prevIndex}.
   *
   * @param group the Raft group
   * @param hardState the whole hard state after this event
   * @param prevIndex the index before the next entry
   * @param prevTerm the term of the entry at {@code prevIndex}
   * @param membersIndex the index at which {@code members} was noted
   * @param members the membership, or null if none was ever noted
   */
  record LogReset(
      int group,
      HardState hardState,
      long prevIndex,
      long prevTerm,
      long membersIndex,
      @Nullable Membership members)
      implements LogEvent {}
}
