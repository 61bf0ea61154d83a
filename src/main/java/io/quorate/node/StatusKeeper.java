package io.quorate.node;

import io.quorate.raft.HardState;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RoleKind;
import io.quorate.raft.SoftState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the owner of a {@link RaftActor} what changes of its status. Used by one thread. */
final class StatusKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(StatusKeeper.class);

  private final RaftOwner owner;
  private RaftStatus status = RaftStatus.NONE;
  private long ledTerm;
  private long termBegin;
  private boolean stalled;

  StatusKeeper(RaftOwner owner) {
    this.owner = owner;
  }

  /** Role, leader or term are others. */
  void roleChanged(RaftCore raft, SoftState state) {
    LOG.info(
        "member {} is {} of term {}, leader {}",
        Long.toHexString(raft.id()),
        state.role(),
        state.term(),
        state.leader() == HardState.NOBODY ? "unknown" : Long.toHexString(state.leader()));
    if (state.role() == RoleKind.LEADER && state.term() != ledTerm) {
      // It has just begun its term with an entry, the last one of its log.
      ledTerm = state.term();
      termBegin = raft.log().last();
    }
  }

  /** Something of the member is late, or nothing is any more. */
  void stalled(boolean late) {
    stalled = late;
  }

  private RaftStatus.Condition condition(RaftCore raft) {
    if (stalled) {
      return RaftStatus.Condition.STALLED;
    }
    return Freshness.isFresh(raft) ? RaftStatus.Condition.FRESH : RaftStatus.Condition.WELL;
  }

  /** Tells what has changed, if anything has. */
  void tell(RaftCore raft, long applied) {
    RaftStatus now =
        new RaftStatus(
            raft.roleKind(),
            raft.leader(),
            raft.term(),
            raft.log().commit(),
            applied,
            termBegin,
            condition(raft));
    if (!now.equals(status)) {
      status = now;
      owner.onStatus(now);
    }
  }
}
