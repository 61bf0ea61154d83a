package io.quorate.sim;

import io.quorate.raft.RaftCore;
import io.quorate.raft.ReadState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The reads of a member that wait for a quorum, and then for its state machine. */
final class SimReads {
  private record Confirmed(Runnable serve, long index) {}

  private final Map<Long, Runnable> asked = new TreeMap<>();
  private final List<Confirmed> confirmed = new ArrayList<>();

  void ask(RaftCore core, long context, Runnable serve) {
    asked.put(context, serve);
    core.readIndex(context);
  }

  /** Role, leader or term are others: what was asked may never be answered. */
  void askAgain(RaftCore core) {
    asked.keySet().forEach(core::readIndex);
  }

  void confirm(ReadState state, long applied) {
    Runnable serve = asked.remove(state.context());
    if (serve != null) {
      confirmed.add(new Confirmed(serve, state.index()));
      serve(applied);
    }
  }

  /** Everything up to {@code applied} may be seen. */
  void serve(long applied) {
    List<Confirmed> ready = new ArrayList<>();
    confirmed.removeIf(read -> read.index() <= applied && ready.add(read));
    ready.forEach(read -> read.serve().run());
  }

  /** The process ended. */
  void clear() {
    asked.clear();
    confirmed.clear();
  }
}
