package io.quorate.server;

import io.quorate.tls.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a member is told at its start: validated, complete, immutable.
 *
 * @param name the member's name for people
 * @param dataDir where it keeps everything
 * @param urls where it listens and what it tells others
 * @param bootstrap the cluster it founds, while its directory is empty
 * @param consensus how it agrees with the other members
 * @param limits what it takes from clients
 * @param compaction what it compacts by itself
 */
public record ServeConfig(
    String name,
    Path dataDir,
    Urls urls,
    Bootstrap bootstrap,
    Consensus consensus,
    Limits limits,
    Compaction compaction) {

  /**
   * The URLs of the member, each list sorted by text and without repetition.
   *
   * @param listenClient where clients are served; at least one
   * @param advertiseClient what clients are told
   * @param listenPeer where other members are served; at least one
   * @param advertisePeer what other members are told; the member's id is derived from it
   * @param clientSecurity what {@code https} means with clients
   * @param peerSecurity what {@code https} means between members
   * @param fleetPort where the fleet listens; 0 for no fleet, -1 for the port after that of the
   *     first peer URL; etcd has no such thing
   */
  public record Urls(
      List<EtcdUrl> listenClient,
      List<EtcdUrl> advertiseClient,
      List<EtcdUrl> listenPeer,
      List<EtcdUrl> advertisePeer,
      Security clientSecurity,
      Security peerSecurity,
      int fleetPort) {}

  /**
   * TLS, between members or with clients.
   *
   * @param settings where its files lie; no files where {@code selfSigned}
   * @param selfSigned whether the member makes a certificate for itself, unless it has one
   * @param selfSignedYears how long such a certificate is valid, in years
   */
  public record Security(Tls.Settings settings, boolean selfSigned, long selfSignedYears) {
    /** Whether there is, or will be, a certificate to listen with. */
    public boolean isSecure() {
      return selfSigned || settings.own().isPresent();
    }
  }

  /**
   * The cluster to found.
   *
   * @param initialCluster the peer URLs by member name
   * @param token what keeps clusters of equal URLs apart
   * @param existing whether the member joins a running cluster instead
   * @param pods whose pod the member is, where Kubernetes says how many members there are; then the
   *     initial cluster is this member alone
   */
  public record Bootstrap(
      SortedMap<String, List<EtcdUrl>> initialCluster,
      String token,
      boolean existing,
      Optional<PodSet> pods) {}

  /**
   * How a member agrees with the others.
   *
   * @param heartbeat the pace at which a leader is heard, and one tick; whole milliseconds, more
   *     than 0
   * @param electionTicks heartbeats without a leader after which a member stands for election: the
   *     quotient of the two flags, rounded down, so that the time-out may be shorter than asked by
   *     less than one heartbeat; at least 5, and at most 50 s together
   * @param preVote whether a member asks the others before it raises the term
   * @param strictReconfigCheck whether a change of members is refused that would leave too few
   *     started ones for a quorum
   * @param initialElectionTickAdvance whether a member that starts waits for a leader only as long
   *     as it takes to hear one, and not the whole election time-out
   * @param autoPromote whether the leader makes a learner a voter once it has caught up; etcd has
   *     no such thing
   * @param replaceLostMember whether a member whose data is lost may take the place of the one that
   *     had its peer URLs; etcd has no such thing
   */
  public record Consensus(
      Duration heartbeat,
      int electionTicks,
      boolean preVote,
      boolean strictReconfigCheck,
      boolean initialElectionTickAdvance,
      boolean autoPromote,
      boolean replaceLostMember) {}

  /**
   * Limits on clients and on what is kept for them.
   *
   * @param snapshotCount applied entries after which the log is cut
   * @param quotaBackendBytes the store's size at which writes are refused; 0 is 2 GiB, negative is
   *     no quota
   * @param maxTxnOps operations in one transaction
   * @param maxRequestBytes the size of one request
   * @param watchProgressNotifyInterval the pace of progress notifications; 10 minutes unless told
   * @param metrics what is told of all that
   */
  public record Limits(
      long snapshotCount,
      long quotaBackendBytes,
      long maxTxnOps,
      long maxRequestBytes,
      Duration watchProgressNotifyInterval,
      Metrics metrics) {

    /** The quota where the flag says 0. */
    public static final long QUOTA_PRESET_BYTES = 2L * 1024 * 1024 * 1024;

    /** The interval where the flag says 0. */
    public static final Duration PROGRESS_PRESET = Duration.ofMinutes(10);
  }

  /**
   * What is told for those who watch over the member.
   *
   * @param extensive whether it is counted how long calls take
   * @param listen where metrics and health are served besides, and nothing else; maybe none
   */
  public record Metrics(boolean extensive, List<EtcdUrl> listen) {}

  /** What is compacted by itself. */
  public enum CompactionMode {
    /** What is older than a duration. */
    PERIODIC,
    /** All but a number of revisions. */
    REVISION
  }

  /**
   * Automatic compaction.
   *
   * @param mode what the retention counts
   * @param retention nanoseconds in the periodic mode, revisions in the other; 0 is off
   */
  public record Compaction(CompactionMode mode, long retention) {
    /** Whether anything is compacted by itself. */
    public boolean isOn() {
      return retention > 0;
    }
  }

  /** The shape of log lines. */
  public enum LogFormat {
    /** One JSON object a line. */
    JSON,
    /** Columns separated by tabs. */
    CONSOLE
  }

  /** The least important kind of line that is written. */
  public enum LogLevel {
    DEBUG,
    INFO,
    WARN,
    ERROR,
    PANIC,
    FATAL
  }

  /**
   * The log.
   *
   * @param level what is written
   * @param format how it is written
   */
  public record Logging(LogLevel level, LogFormat format) {}
}
