package io.quorate.raft;

/**
 * Whether this member is the only one and leads, and so knows by itself what no other member can
 * take from it: nobody can be elected beside it, and every answer to a client is its own. A read
 * then needs no question (Raft dissertation, section 6.4, with a quorum of one), and what its state
 * machine shows is all that was ever acknowledged.
 *
 * <p>That begins when everything is applied that was in the log when it became so: the first entry
 * of its term, without which a leader does not know what is committed, and what a member that was
 * removed may have applied and acknowledged before this one did. A learner ends it as well: it
 * hears what is committed before this member has applied it. Not safe to share between threads.
 */
public final class Solitude {
  private static final long NEVER = Long.MAX_VALUE;

  private long from = NEVER;

  /**
   * Whether it is so now. To be called after anything went into {@code core} and before a message
   * of it goes out, since another member can decide nothing before it has heard of this one.
   *
   * @param applied what the state machine holds, for all to see
   */
  public boolean isAt(RaftCore core, long applied) {
    if (core.roleKind() != RoleKind.LEADER || !isOnly(core)) {
      from = NEVER;
    } else if (from == NEVER) {
      from = core.log().last();
    }
    return applied >= from;
  }

  private static boolean isOnly(RaftCore core) {
    return core.quorum().isOnly(core.id())
        && core.membership().learners().isEmpty()
        && core.membership().learnersNext().isEmpty();
  }
}
