package io.quorate.lease;

/**
 * The bounds of a {@link Lessor}.
 *
 * @param minTtlSeconds a shorter time to live is raised to this
 * @param revokesPerSecondMax how many leases expire in a second; more of them wait their turn
 * @param revokesPendingMax how many expired leases may wait to be revoked by the log
 * @param revokeRetryNanos when an expired lease is offered again if it was not revoked
 * @param checkpointIntervalNanos how old the replicated remaining time of a lease becomes
 * @param checkpointsMax how many remaining times one proposal carries
 */
public record LeaseLimits(
    long minTtlSeconds,
    int revokesPerSecondMax,
    int revokesPendingMax,
    long revokeRetryNanos,
    long checkpointIntervalNanos,
    int checkpointsMax) {
  /** The longest time to live, in seconds; a longer one is refused. */
  public static final long TTL_SECONDS_MAX = 9_000_000_000L;

  private static final long SECOND = 1_000_000_000L;
  private static final int REVOKES_PER_SECOND = 2000;
  private static final int REVOKES_PENDING = 1000;
  private static final int CHECKPOINTS = 1000;
  private static final long CHECKPOINT_SECONDS = 300;
  private static final long REQUEST_SECONDS = 5;

  /**
   * The bounds of a server. A lease lives at least one and a half election time-outs, rounded up to
   * seconds as etcd does it, so that a change of leader alone never expires it; what was not
   * revoked within a request's time-out is offered again.
   *
   * @param electionTicks ticks of an election time-out
   * @param heartbeatMillis milliseconds of a tick
   */
  public static LeaseLimits of(int electionTicks, long heartbeatMillis) {
    long minMillis = 3L * electionTicks / 2 * heartbeatMillis;
    long electionNanos = electionTicks * heartbeatMillis * 1_000_000L;
    return new LeaseLimits(
        (minMillis + 999) / 1000,
        REVOKES_PER_SECOND,
        REVOKES_PENDING,
        REQUEST_SECONDS * SECOND + 2 * electionNanos,
        CHECKPOINT_SECONDS * SECOND,
        CHECKPOINTS);
  }

  /** The time to live that is granted when {@code seconds} are asked for. */
  public long grantedTtl(long seconds) {
    return Math.max(seconds, minTtlSeconds);
  }
}
