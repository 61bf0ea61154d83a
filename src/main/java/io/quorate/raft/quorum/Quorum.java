package io.quorate.raft.quorum;

import java.util.SortedSet;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

/**
 * Who must agree: a majority of the voters, and while the membership is joint also one of the
 * outgoing voters (Raft paper, section 6). Not safe to share between threads.
 */
public final class Quorum {
  private final Majority voters;
  private final Majority outgoing;

  /** The quorum of {@code voters} and, unless empty, {@code outgoing}. */
  public Quorum(SortedSet<Long> voters, SortedSet<Long> outgoing) {
    this.voters = new Majority(voters);
    this.outgoing = new Majority(outgoing);
  }

  /** The highest number that a quorum has reached; {@link Long#MAX_VALUE} without any voter. */
  public long agreed(LongUnaryOperator reached) {
    return Math.min(voters.agreed(reached), outgoing.agreed(reached));
  }

  /** How the election stands: won when both sides won, lost when either lost. */
  public VoteResult tally(Majority.Ballots ballots) {
    VoteResult one = voters.tally(ballots);
    VoteResult other = outgoing.tally(ballots);
    if (one == other) {
      return one;
    }
    return one == VoteResult.LOST || other == VoteResult.LOST
        ? VoteResult.LOST
        : VoteResult.PENDING;
  }

  /** Whether those for whom {@code present} holds are a quorum. */
  public boolean reachedBy(LongPredicate present) {
    return agreed(id -> present.test(id) ? 1 : 0) >= 1;
  }

  /** Whether {@code id} alone decides. */
  public boolean isOnly(long id) {
    return voters.isOnly(id) && (outgoing.isEmpty() || outgoing.isOnly(id));
  }

  /** Whether {@code id} votes. */
  public boolean contains(long id) {
    return voters.contains(id) || outgoing.contains(id);
  }
}
