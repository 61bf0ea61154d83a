package io.quorate.node;

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
 * @param quotaBytes counted bytes above which writes are refused; negative for no quota
 */
public record NodeSettings(
    long clusterId,
    Member self,
    List<Member> founders,
    Path journalDir,
    Path storeDir,
    Timing timing,
    long quotaBytes) {

  /**
   * How fast time goes.
   *
   * @param tick the heartbeat interval
   * @param electionTicks ticks of an election time-out
   * @param watchProgress how long an idle watch waits for a progress notification
   */
  public record Timing(Duration tick, int electionTicks, Duration watchProgress) {}

  /** Copies the list. */
  public NodeSettings {
    founders = List.copyOf(founders);
  }

  /** How long a request waits for its entry: five seconds and two election time-outs, as etcd. */
  Duration requestTimeout() {
    return Duration.ofSeconds(5).plus(timing.tick().multipliedBy(2L * timing.electionTicks()));
  }
}
