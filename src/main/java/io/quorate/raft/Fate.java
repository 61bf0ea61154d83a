package io.quorate.raft;

/**
 * What is known of a proposal that a member waits for. One that is taken to the leader of a term
 * becomes an entry of that term or none ({@link Message.Propose}), and the terms of committed
 * entries never fall. So as soon as the member has applied an entry of a later term, and all before
 * it, a proposal that was not among these never will be, and may be proposed again without being
 * done twice.
 *
 * <p>Told by those who take proposals to leaders and by those who apply, which may be two threads.
 */
public final class Fate {
  private static final long UNTAKEN = 0;

  /** Later than any that is applied. */
  private static final long UNKNOWN = Long.MAX_VALUE;

  private volatile long term = UNTAKEN;

  /** It is about to be taken to the leader of {@code leaderTerm}, which is positive. */
  public void taken(long leaderTerm) {
    term = leaderTerm;
  }

  /** It certainly is in no log, and in no message: nobody has taken it, or it is lost. */
  public void notTaken() {
    term = UNTAKEN;
  }

  /**
   * A snapshot has taken the place of the state. It may hold what was taken to a leader before, of
   * which nothing can be told any more.
   */
  public void doubt() {
    if (term != UNTAKEN) {
      term = UNKNOWN;
    }
  }

  /** Whether it is lost, when an entry of term {@code applied} is the last one that is applied. */
  public boolean isLostBefore(long applied) {
    return term != UNTAKEN && term < applied;
  }
}
