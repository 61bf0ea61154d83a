package io.quorate.raft;

/** Asks for votes in a term of its own (Raft paper, section 5.2). */
final class Candidate extends Candidacy {
  private final boolean transfer;

  Candidate(RaftCore core, boolean transfer) {
    super(core);
    this.transfer = transfer;
  }

  @Override
  RoleKind kind() {
    return RoleKind.CANDIDATE;
  }

  /**
   * The requests wait for the disk, as votes do. One that left earlier could be answered after a
   * crash in which the sender lost its newest entries; standing again in the same term with a
   * shorter log, it would count a vote that it could not win.
   */
  void start() {
    LogPosition log = core.log().position();
    core.sendToVoters(
        to ->
            core.outbox()
                .sendAfterPersist(new Message.Vote(core.id(), to, core.term(), log, transfer)));
  }

  /** Its own vote counts once it is durable. */
  @Override
  void persisted(HardState hard) {
    if (hard.term() == core.term() && hard.vote() == core.id()) {
      count(core.id(), true);
    }
  }

  @Override
  void won() {
    core.becomeLeader();
  }

  @Override
  public void voteReply(Message.VoteReply m) {
    if (learnCommit(m.commit(), m.commitTerm())) {
      count(m.from(), m.granted());
    }
  }
}
