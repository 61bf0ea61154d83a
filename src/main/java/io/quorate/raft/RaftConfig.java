package io.quorate.raft;

import io.quorate.base.Check;

/**
 * The settings of one {@link RaftCore}.
 *
 * @param id this member's id, not {@link HardState#NOBODY}
 * @param electionTicks ticks of silence after which a follower stands for election (at random up to
 *     twice as many); greater than {@code heartbeatTicks}
 * @param heartbeatTicks ticks between two heartbeats of a leader, at least 1
 * @param preVote whether a candidate first asks if it would win (dissertation, section 9.6)
 * @param limits the bounds
 */
public record RaftConfig(
    long id, int electionTicks, int heartbeatTicks, boolean preVote, Limits limits) {

  /** Checks the settings against each other. */
  public RaftConfig {
    Check.that(id != HardState.NOBODY, "member id %d stands for nobody", id);
    Check.that(heartbeatTicks > 0, "heartbeat ticks %d are not positive", heartbeatTicks);
    Check.that(
        electionTicks > heartbeatTicks,
        "election ticks %d are not above heartbeat ticks %d",
        electionTicks,
        heartbeatTicks);
  }

  /** The settings of a member whose timing is etcd's: ten heartbeats an election timeout. */
  public static RaftConfig of(long id) {
    return new RaftConfig(id, 10, 1, true, Limits.DEFAULT);
  }

  /** The same with other bounds. */
  public RaftConfig withLimits(Limits other) {
    return new RaftConfig(id, electionTicks, heartbeatTicks, preVote, other);
  }

  /**
   * Bounds, all in {@link Entry#sizeBytes} where bytes are meant. A single entry above a bound of
   * bytes still passes, alone.
   *
   * @param appendBytesMax entries in one append message
   * @param inflightMessagesMax append messages sent to one follower and not answered
   * @param inflightBytesMax bytes of entries in those messages
   * @param proposalBytesMax bytes that this leader took and that are not yet applied here
   * @param applyBytesMax bytes handed out to apply and not yet acknowledged
   * @param readsPendingMax reads that wait for confirmation at the leader
   */
  public record Limits(
      int appendBytesMax,
      int inflightMessagesMax,
      long inflightBytesMax,
      long proposalBytesMax,
      long applyBytesMax,
      int readsPendingMax) {

    /** What a member of a real cluster uses. */
    public static final Limits DEFAULT =
        new Limits(1 << 20, 512, 32L << 20, 64L << 20, 16L << 20, 100_000);

    /** Checks that every bound lets something through. */
    public Limits {
      Check.that(
          appendBytesMax > 0
              && inflightMessagesMax > 0
              && inflightBytesMax > 0
              && proposalBytesMax > 0
              && applyBytesMax > 0
              && readsPendingMax > 0,
          "a bound is not positive");
    }
  }
}
