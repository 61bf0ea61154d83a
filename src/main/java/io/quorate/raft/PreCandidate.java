package io.quorate.raft;

/** Asks whether it would win an election before it disturbs anybody (dissertation, section 9.6). */
final class PreCandidate extends Candidacy {
  PreCandidate(RaftCore core) {
    super(core);
  }

  @Override
  RoleKind kind() {
    return RoleKind.PRE_CANDIDATE;
  }

  void start() {
    LogPosition log = core.log().position();
    core.sendToVoters(
        to -> core.outbox().send(new Message.PreVote(core.id(), to, core.term() + 1, log)));
    count(core.id(), true);
  }

  @Override
  void won() {
    core.becomeCandidate(false);
  }

  @Override
  public void preVoteReply(Message.PreVoteReply m) {
    // A grant carries the term that was asked for; an older one answers an older question.
    if (learnCommit(m.commit(), m.commitTerm()) && (!m.granted() || m.term() == core.term() + 1)) {
      count(m.from(), m.granted());
    }
  }
}
