package io.quorate.raft;

/** Follows the leader of its term, or waits for one (Raft paper, section 5.2). */
final class Follower extends Role {
  Follower(RaftCore core) {
    super(core);
  }

  @Override
  RoleKind kind() {
    return RoleKind.FOLLOWER;
  }

  @Override
  void tick() {
    if (core.electionTimeoutPassed()) {
      core.campaign();
    }
  }

  @Override
  public void append(Message.Append m) {
    core.follow(m.from());
    RaftLog log = core.log();
    if (m.prevIndex() < log.commit()) {
      // Old news: what is committed never changes, so the answer is known without looking.
      grant(m.from(), log.commit());
    } else if (log.matches(m.prevIndex(), m.prevTerm())) {
      long last = m.prevIndex() + m.entries().size();
      log.merge(m.entries());
      log.commitTo(Math.min(m.commit(), last));
      grant(m.from(), last);
    } else {
      refuse(m);
    }
  }

  // Names the highest place at which the logs can still agree: what lies above it here has a term
  // that the leader's entry there cannot have (paper, end of section 5.3).
  private void refuse(Message.Append m) {
    RaftLog log = core.log();
    long hint = log.lastNotAbove(m.prevTerm(), Math.min(m.prevIndex(), log.last()));
    core.outbox()
        .sendAfterPersist(
            new Message.AppendReply(
                core.id(), m.from(), core.term(), m.prevIndex(), false, hint, log.term(hint)));
  }

  private void grant(long to, long index) {
    core.outbox()
        .sendAfterPersist(new Message.AppendReply(core.id(), to, core.term(), index, true, 0, 0));
  }

  @Override
  public void commit(Message.Commit m) {
    core.follow(m.from());
    if (core.log().matches(m.index(), m.entryTerm())) {
      core.log().commitTo(m.index());
    }
  }

  @Override
  public void heartbeat(Message.Heartbeat m) {
    core.follow(m.from());
    // Never beyond what this member acknowledged in this term.
    core.log().commitTo(m.commit());
    core.outbox().send(new Message.HeartbeatReply(core.id(), m.from(), core.term(), m.round()));
  }

  @Override
  public void installSnapshot(Message.InstallSnapshot m) {
    core.follow(m.from());
    SnapshotMeta meta = m.meta();
    RaftLog log = core.log();
    if (meta.index() > log.commit()) {
      if (log.matches(meta.index(), meta.term())) {
        // Everything in it is here already, only not known to be committed.
        log.commitTo(meta.index());
      } else {
        log.restore(meta);
        core.endRepair();
        core.changeMembership(meta.index(), meta.membership());
      }
    }
    grant(m.from(), log.commit());
  }

  @Override
  public void timeoutNow(Message.TimeoutNow m) {
    core.campaignForTransfer();
  }
}
