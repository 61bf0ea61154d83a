package io.quorate.journal;

import io.quorate.base.Membership;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogOutline;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the journal of one Raft group says when a member starts.
 *
 * @param hardState the hard state
 * @param before where the log begins, and what stands between that and {@code entries}; at most up
 *     to the applied index nothing is known
 * @param entries the end of the log, as long as the bound allows
 * @param members the latest membership that was noted, or null if there is none
 * @param membersIndex the index at which {@code members} was noted
 */
public record LogContent(
    HardState hardState,
    LogOutline before,
    List<Entry> entries,
    @Nullable Membership members,
    long membersIndex) {
  /** The index before the first entry of the log. */
  public long prevIndex() {
    return before.prevIndex();
  }

  /** The index of the last entry of the log. */
  public long lastIndex() {
    return before.last() + entries.size();
  }

  /** The term of the entry at {@code index}, or 0 where the log does not say it. */
  public long termAt(long index) {
    if (index < before.prevIndex() || index > lastIndex()) {
      return 0;
    }
    return index <= before.last()
        ? before.term(index)
        : entries.get((int) (index - before.last() - 1)).term();
  }
}
