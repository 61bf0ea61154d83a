package io.quorate.sim;

import io.quorate.apply.CommandCodec;
import io.quorate.apply.StateMachine;
import io.quorate.base.Bytes;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.raft.Entry;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RaftLog;
import io.quorate.raft.RoleKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What must hold in every run, checked while it goes on. The first member to apply an entry writes
 * the truth; every other one, every client and every watch is held against it.
 */
final class Checks {
  /** The term of a committed entry, and the term in which it was first seen to be so. */
  private record Commit(long term, long seen) {}

  private record Slot(long index, long term) {}

  private record Written(long termBefore, Entry entry) {}

  private record Revision(List<Event> events, long index) {}

  private final Tally tally;
  private final Map<Long, Long> leaders = new TreeMap<>();
  private final TreeMap<Long, Entry> committed = new TreeMap<>();
  private final TreeMap<Long, Commit> commits = new TreeMap<>();
  private final Map<Slot, Written> written = new HashMap<>();
  private final Map<Long, Long> digests = new HashMap<>();
  private final TreeMap<Long, Revision> revisions = new TreeMap<>();
  private final Map<Bytes, TreeMap<Long, KeyValue>> history = new HashMap<>();
  private final Map<Long, Long> proposals = new HashMap<>();

  private final LeaseChecks leases;

  Checks(Tally tally, Timeline timeline) {
    this.tally = tally;
    this.leases = new LeaseChecks(this, tally, new Clocks(timeline));
  }

  LeaseChecks leases() {
    return leases;
  }

  void that(boolean holds, String promise, Object... facts) {
    tally.checks++;
    if (!holds) {
      throw new AssertionError(String.format(promise, facts));
    }
  }

  /**
   * Raft paper, figure 3, of a member that has just acted: state machine safety as far as it
   * commits, election safety and leader completeness.
   *
   * @param checked up to where its commits were seen
   * @return up to where they were seen now
   */
  long log(RaftCore core, long checked) {
    RaftLog log = core.log();
    for (long index = Math.max(checked + 1, log.first()); index <= log.commit(); index++) {
      Commit now = new Commit(log.term(index), core.term());
      Commit first = commits.putIfAbsent(index, now);
      that(
          first == null || first.term() == now.term(),
          "%d commits an entry of term %d at %d, not that of %s",
          core.id(),
          now.term(),
          index,
          first);
    }
    if (core.roleKind() == RoleKind.LEADER) {
      leads(core);
    }
    return Math.max(checked, log.commit());
  }

  private void leads(RaftCore core) {
    Long known = leaders.putIfAbsent(core.term(), core.id());
    if (known != null) {
      that(known == core.id(), "%d and %d lead term %d", known, core.id(), core.term());
      return;
    }
    tally.elections++;
    RaftLog log = core.log();
    // Whoever was paused may count the votes of an old term late: it lacks what came after.
    for (Map.Entry<Long, Commit> each : commits.descendingMap().entrySet()) {
      long index = each.getKey();
      if (each.getValue().seen() < core.term()) {
        that(
            log.last() >= index
                && (index < log.first() - 1 || log.term(index) == each.getValue().term()),
            "leader %d of term %d lacks entry %d",
            core.id(),
            core.term(),
            index);
        return;
      }
    }
  }

  /** Raft paper, figure 3: equal index and term mean equal entries, here and in all before. */
  void written(RaftCore core, Entry entry) {
    Slot slot = new Slot(entry.index(), entry.term());
    Written now = new Written(core.log().term(entry.index() - 1), entry);
    Written first = written.putIfAbsent(slot, now);
    that(first == null || first.equals(now), "%d writes %s, but it was %s", core.id(), now, first);
  }

  /**
   * An entry was applied: state machine safety, one revision after the other, a proposal only once.
   *
   * @param digest of everything the member has applied, this entry included
   */
  void applied(long member, long digest, Entry entry, StateMachine.@Nullable Applied outcome) {
    Entry first = committed.putIfAbsent(entry.index(), entry);
    that(first == null || first.equals(entry), "%d applies another %s", member, entry);
    Long same = digests.putIfAbsent(entry.index(), digest);
    that(same == null || same == digest, "%d has another state at %d", member, entry.index());
    if (first == null && outcome != null) {
      Long before = proposals.putIfAbsent(outcome.proposal(), entry.index());
      that(
          before == null, "proposal %d is at %d and %d", outcome.proposal(), before, entry.index());
      leases.applied(CommandCodec.decode(entry.data()).command(), outcome);
      if (!outcome.events().isEmpty()) {
        note(entry.index(), outcome.events());
      }
    }
  }

  private void note(long index, List<Event> events) {
    long revision = events.get(0).revision();
    long expected = revisions.isEmpty() ? 2 : revisions.lastKey() + 1;
    that(revision == expected, "revision %d where %d is due", revision, expected);
    revisions.put(revision, new Revision(events, index));
    for (Event event : events) {
      that(event.revision() == revision, "revision %d in %d", event.revision(), revision);
      history.computeIfAbsent(event.kv().key(), key -> new TreeMap<>()).put(revision, event.kv());
    }
  }

  /** The newest revision of all. */
  long revision() {
    return revisions.isEmpty() ? 1 : revisions.lastKey();
  }

  /** Whether the proposal {@code id} made {@code revision}. */
  boolean made(long id, long revision) {
    Revision made = revisions.get(revision);
    Long index = proposals.get(id);
    return made != null && index != null && made.index() == index;
  }

  /** The pair of {@code key} as of {@code revision}; null when there was none. */
  @Nullable KeyValue at(Bytes key, long revision) {
    TreeMap<Long, KeyValue> versions = history.get(key);
    var version = versions == null ? null : versions.floorEntry(revision);
    return version == null || version.getValue().isDeleted() ? null : version.getValue();
  }

  /** The next revision above {@code revision} that changed anything in {@code range}, or 0. */
  long next(KeyRange range, long revision) {
    for (var each : revisions.tailMap(revision, false).entrySet()) {
      if (each.getValue().events().stream().anyMatch(e -> range.contains(e.kv().key()))) {
        return each.getKey();
      }
    }
    return 0;
  }

  /** What {@code revision} changed in {@code range}. */
  List<KeyValue> changes(KeyRange range, long revision) {
    Revision made = revisions.get(revision);
    return made == null
        ? List.of()
        : made.events().stream().map(Event::kv).filter(kv -> range.contains(kv.key())).toList();
  }
}
