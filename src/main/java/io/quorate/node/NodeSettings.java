package io.quorate.node;

import io.quorate.apply.AutoCompaction;
import io.quorate.apply.Member;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a member is started with.
 *
 * @param clusterId the cluster
 * @param self this member as it publishes itself
 * @param founders the members of a cluster that is founded now; not used once there is data
 * @param journalDir where the log lies
 * @param storeDir where the store lies
 * @param timing how fast time goes
 * @param space how much the data may take
 */
public record NodeSettings(
    long clusterId,
    Member self,
    List<Member> founders,
    Path journalDir,
    Path storeDir,
    Timing timing,
    Space space) {

  /**
   * How fast time goes.
   *
   * @param tick the heartbeat interval
   * @param electionTicks ticks of an election time-out
   * @param watchProgress how long an idle watch waits for a progress notification
   */
  public record Timing(Duration tick, int electionTicks, Duration watchProgress) {}

  /**
   * How much the data may take.
   *
   * @param quotaBytes counted bytes above which writes are refused; negative for no quota
   * @param freeBytesMin usable bytes of the disk below which writes are refused, before one fails;
   *     {@link #FREE_BYTES_MIN} unless a test wants another
   * @param compaction what is compacted by itself
   */
  public record Space(long quotaBytes, long freeBytesMin, AutoCompaction.Policy compaction) {
    /** Room for two segments of the journal and two halves of the state in memory, in bytes. */
    public static final long FREE_BYTES_MIN =
        Math.max(128L << 20, 2 * (64L << 20) + 2 * ApplyActor.HALF_BYTES_MAX);
  }

  /** Copies the list. */
  public NodeSettings {
    founders = List.copyOf(founders);
  }

  /** How long a request waits for its entry: five seconds and two election time-outs, as etcd. */
  Duration requestTimeout() {
    return Duration.ofSeconds(5).plus(timing.tick().multipliedBy(2L * timing.electionTicks()));
  }
}
