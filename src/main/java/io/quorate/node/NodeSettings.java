package io.quorate.node;

import io.quorate.apply.AutoCompaction;
import io.quorate.apply.Member;
import io.quorate.base.Durations;
import io.quorate.link.PeerLinks;
import io.quorate.tls.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a member is started with.
 *
 * @param cluster whom it belongs to
 * @param self this member as it publishes itself
 * @param journalDir where the log lies
 * @param storeDir where the store lies
 * @param timing how fast time goes
 * @param space how much the data may take
 * @param peers how it deals with the other members
 */
public record NodeSettings(
    Cluster cluster,
    Member self,
    Path journalDir,
    Path storeDir,
    Timing timing,
    Space space,
    Peers peers) {

  /**
   * Whom a member belongs to.
   *
   * @param id the cluster
   * @param members while there is no data: the founders, or those whom it joins; not used later
   * @param joins whether the cluster runs already, so that its state comes from other members
   */
  public record Cluster(long id, List<Member> members, boolean joins) {
    /** Copies the list. */
    public Cluster {
      members = List.copyOf(members);
    }
  }

  /**
   * How a member deals with the others.
   *
   * @param listen where they reach it
   * @param tls what it uses where it speaks TLS with them
   * @param preVote whether a candidate first asks if it would win
   * @param strict whether changes of the membership are refused that may cost the quorum
   * @param early whether a member that reaches a quorum without a leader stands for election
   *     without waiting for a time-out: etcd's {@code --initial-election-tick-advance}
   * @param newcomers what becomes of those who come to the cluster by themselves
   */
  public record Peers(
      List<PeerLinks.Endpoint> listen,
      Tls tls,
      boolean preVote,
      boolean strict,
      boolean early,
      Newcomers newcomers) {
    /** Copies the list. */
    public Peers {
      listen = List.copyOf(listen);
    }
  }

  /**
   * What becomes of those who come to the cluster by themselves: as learners, which vote for nobody
   * until they are promoted.
   *
   * @param autoPromote whether the leader promotes learners that are in sync
   * @param replaceLost whether a member whose disk is lost may come back under a new id
   * @param admitted whether whoever is reached at these peer URLs may become a member by asking for
   *     it; any thread
   */
  public record Newcomers(
      boolean autoPromote, boolean replaceLost, Predicate<List<String>> admitted) {
    /** Nobody comes by itself. */
    public static final Newcomers NONE = new Newcomers(false, false, urls -> false);
  }

  /**
   * How fast time goes.
   *
   * @param tick the heartbeat interval
   * @param electionTicks ticks of an election time-out
   * @param watchProgress how long an idle watch waits for a progress notification
   */
  public record Timing(Duration tick, int electionTicks, Duration watchProgress) {
    /** How long a follower hears nothing before it stands for election, at least. */
    public Duration electionTimeout() {
      return Durations.times(tick, electionTicks);
    }
  }

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

  /** How long a request waits for its entry: five seconds and two election time-outs, as etcd. */
  Duration requestTimeout() {
    return Duration.ofSeconds(5).plus(Durations.times(timing.electionTimeout(), 2));
  }
}
