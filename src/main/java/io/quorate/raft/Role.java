package io.quorate.raft;

import io.quorate.base.Bytes;
import java.util.List;

/**
 * What a member does as long as it has one role. The base class does what all roles do: it votes
 * and forwards; everything else that a role has no use for it ignores.
 */
abstract class Role implements Message.Visitor {
  final RaftCore core;

  Role(RaftCore core) {
    this.core = core;
  }

  abstract RoleKind kind();

  /** One tick passed. */
  abstract void tick();

  /** The last chance to put something out before the owner looks. */
  void flush() {}

  /** {@code hard} is durable, and the log up to its persisted index. */
  void persisted(HardState hard) {}

  /** More of the log is applied. */
  void applied() {}

  /** The membership is another one. */
  void membershipChanged() {}

  /**
   * Another member knows {@code commit} to be committed; so does this one, if it has that entry.
   * Whether this role goes on.
   */
  boolean learnCommit(long commit, long commitTerm) {
    RaftLog log = core.log();
    if (log.matches(commit, commitTerm)) {
      log.commitTo(commit);
    }
    return true;
  }

  ProposeResult propose(Entry.Kind kind, List<Bytes> payloads) {
    if (core.leader() == HardState.NOBODY) {
      return ProposeResult.NO_LEADER;
    }
    core.outbox().send(new Message.Propose(core.id(), core.leader(), core.term(), kind, payloads));
    return ProposeResult.FORWARDED;
  }

  boolean readIndex(long context) {
    if (core.leader() == HardState.NOBODY) {
      return false;
    }
    core.outbox().send(new Message.ReadIndex(core.id(), core.leader(), context));
    return true;
  }

  boolean transfer(long target) {
    if (core.leader() == HardState.NOBODY) {
      return false;
    }
    core.outbox().send(new Message.Transfer(core.id(), core.leader(), target));
    return true;
  }

  /**
   * Would this member vote so? It neither changes its term nor remembers the answer (dissertation,
   * section 9.6). A refusal is of the term that the sender is in, if that is above this member's:
   * it would be dropped as stale else, and with it the commit that the sender may lack to go on.
   */
  @Override
  public void preVote(Message.PreVote m) {
    learnCommit(m.log().commit(), m.log().commitTerm());
    boolean free = m.term() > core.term() || core.mayVoteFor(m.from());
    boolean granted = free && core.log().isUpToDate(m.log().lastIndex(), m.log().lastTerm());
    long term = granted ? m.term() : Math.max(core.term(), m.term() - 1);
    LogPosition log = core.log().position();
    core.outbox()
        .send(
            new Message.PreVoteReply(
                core.id(), m.from(), term, granted, log.commit(), log.commitTerm()));
  }

  /** Raft paper, sections 5.2 and 5.4.1. The answer waits for the disk: a vote is for ever. */
  @Override
  public void vote(Message.Vote m) {
    learnCommit(m.log().commit(), m.log().commitTerm());
    boolean granted =
        core.mayVoteFor(m.from()) && core.log().isUpToDate(m.log().lastIndex(), m.log().lastTerm());
    if (granted) {
      core.voteFor(m.from());
    }
    LogPosition log = core.log().position();
    core.outbox()
        .sendAfterPersist(
            new Message.VoteReply(
                core.id(), m.from(), core.term(), granted, log.commit(), log.commitTerm()));
  }

  @Override
  public void preVoteReply(Message.PreVoteReply m) {}

  @Override
  public void voteReply(Message.VoteReply m) {}

  @Override
  public void append(Message.Append m) {}

  @Override
  public void appendReply(Message.AppendReply m) {}

  @Override
  public void commit(Message.Commit m) {}

  @Override
  public void heartbeat(Message.Heartbeat m) {}

  @Override
  public void heartbeatReply(Message.HeartbeatReply m) {}

  @Override
  public void installSnapshot(Message.InstallSnapshot m) {}

  @Override
  public void timeoutNow(Message.TimeoutNow m) {}

  // A forwarded request is not forwarded again: two members that each take the other for the leader
  // would play ball with it. Its sender gives up and asks anew.
  @Override
  public void propose(Message.Propose m) {}

  @Override
  public void readIndex(Message.ReadIndex m) {}

  @Override
  public void readIndexReply(Message.ReadIndexReply m) {
    core.outbox().read(m.context(), m.index());
  }

  @Override
  public void transfer(Message.Transfer m) {}
}
