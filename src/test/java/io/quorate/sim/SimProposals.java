package io.quorate.sim;

import io.quorate.apply.Command;
import io.quorate.apply.CommandCodec;
import io.quorate.apply.StateMachine;
import io.quorate.base.Bytes;
import io.quorate.raft.Fate;
import io.quorate.raft.RaftCore;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The proposals that clients of one member wait for. */
final class SimProposals {
  private record Pending(Bytes command, SimNode.Waiter waiter, Fate fate) {}

  private final Tally tally;
  private final Map<Long, Pending> pending = new TreeMap<>();
  private final TreeSet<Long> lost = new TreeSet<>();
  private long term;

  SimProposals(Tally tally) {
    this.tally = tally;
  }

  /** Whether it is on its way to a leader. */
  boolean propose(RaftCore core, long id, Command command, SimNode.Waiter waiter) {
    Pending each = new Pending(CommandCodec.encode(id, command), waiter, new Fate());
    if (!take(core, each)) {
      return false;
    }
    pending.put(id, each);
    return true;
  }

  private static boolean take(RaftCore core, Pending each) {
    each.fate().taken(core.term());
    boolean taken = core.propose(List.of(each.command())).accepted();
    if (!taken) {
      each.fate().notTaken();
    }
    return taken;
  }

  /** All entries up to one of term {@code last} are applied, these the newest of them. */
  void applied(RaftCore core, List<StateMachine.Applied> outcomes, long last) {
    for (StateMachine.Applied outcome : outcomes) {
      Pending each = pending.remove(outcome.proposal());
      if (each != null) {
        each.waiter().done(outcome.proposal(), outcome.answer());
      }
    }
    if (last > term) {
      term = last;
      pending.forEach(
          (id, each) -> {
            if (each.fate().isLostBefore(last)) {
              each.fate().notTaken();
              lost.add(id);
            }
          });
      proposeLost(core);
    }
  }

  /** Proposes what was lost again, as far as a leader takes it now. */
  void proposeLost(RaftCore core) {
    lost.removeIf(
        id -> {
          Pending each = pending.get(id);
          if (each == null || !take(core, each)) {
            return each == null;
          }
          tally.count(Fault.LOST_PROPOSAL);
          return true;
        });
  }

  /** A snapshot has taken the place of the state. */
  void doubt() {
    pending.values().forEach(each -> each.fate().doubt());
  }

  /** The process ended. */
  void clear() {
    pending.clear();
    lost.clear();
    term = 0;
  }
}
