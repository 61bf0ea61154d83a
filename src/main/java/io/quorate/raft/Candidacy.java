package io.quorate.raft;

import io.quorate.raft.quorum.Majority.Ballot;
import io.quorate.raft.quorum.VoteResult;
import java.util.TreeMap;

/** What a candidate and a pre-candidate share: they count ballots and give way to a leader. */
abstract class Candidacy extends Role {
  private final TreeMap<Long, Ballot> ballots = new TreeMap<>();

  Candidacy(RaftCore core) {
    super(core);
  }

  /** A majority said yes. */
  abstract void won();

  /** Counts a ballot; the first of each member holds. */
  void count(long from, boolean granted) {
    ballots.putIfAbsent(from, granted ? Ballot.GRANTED : Ballot.REFUSED);
    VoteResult result = core.quorum().tally(id -> ballots.getOrDefault(id, Ballot.MISSING));
    if (result == VoteResult.WON) {
      won();
    } else if (result == VoteResult.LOST) {
      core.becomeFollower(core.term(), HardState.NOBODY);
    }
  }

  /**
   * This candidacy does not go on if that reveals a change of the membership, which has to be
   * applied first.
   */
  @Override
  boolean learnCommit(long commit, long commitTerm) {
    RaftLog log = core.log();
    if (log.matches(commit, commitTerm) && log.commitTo(commit)) {
      if (log.hasUnappliedConfChange(commit)) {
        core.becomeFollower(core.term(), HardState.NOBODY);
        return false;
      }
    }
    return true;
  }

  @Override
  void tick() {
    if (core.electionTimeoutPassed()) {
      core.campaign();
    }
  }

  @Override
  public void append(Message.Append m) {
    giveWay(m);
  }

  @Override
  public void heartbeat(Message.Heartbeat m) {
    giveWay(m);
  }

  @Override
  public void installSnapshot(Message.InstallSnapshot m) {
    giveWay(m);
  }

  private void giveWay(Message m) {
    core.becomeFollower(core.term(), m.from());
    m.accept(core.role());
  }
}
