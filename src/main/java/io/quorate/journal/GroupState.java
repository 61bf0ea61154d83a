package io.quorate.journal;

import io.quorate.base.Check;
import io.quorate.base.Membership;
import io.quorate.raft.HardState;
import org.jspecify.annotations.Nullable;

/**
 * What the events of one Raft group add up to, without its entries.
 *
 * @param group the Raft group
 * @param hardState the latest hard state
 * @param lastIndex the index of the last entry
 * @param lastTerm the term of the last entry
 * @param membersIndex the index at which {@code members} was noted
 * @param members the latest membership, or null if none was noted
 */
record GroupState(
    int group,
    HardState hardState,
    long lastIndex,
    long lastTerm,
    long membersIndex,
    @Nullable Membership members) {

  static GroupState initial(int group) {
    return new GroupState(group, HardState.INITIAL, 0, 0, 0, null);
  }

  GroupState after(LogEvent event) {
    if (event instanceof LogEvent.EntriesAppended appended) {
      return after(EventCodec.Appended.of(appended));
    } else if (event instanceof LogEvent.MembersChanged changed) {
      return new GroupState(
          group, hardState, lastIndex, lastTerm, changed.index(), changed.members());
    } else if (event instanceof LogEvent.LogReset reset) {
      return new GroupState(
          group,
          reset.hardState(),
          reset.prevIndex(),
          reset.prevTerm(),
          reset.membersIndex(),
          reset.members());
    }
    throw Check.unreachable(event);
  }

  GroupState after(EventCodec.Appended appended) {
    boolean none = appended.count() == 0;
    return new GroupState(
        group,
        appended.hardState(),
        none ? lastIndex : appended.lastIndex(),
        none ? lastTerm : appended.lastTerm(),
        membersIndex,
        members);
  }

  /** The event that brings an empty log to this state, without its entries. */
  LogEvent.LogReset toReset() {
    return new LogEvent.LogReset(group, hardState, lastIndex, lastTerm, membersIndex, members);
  }
}
