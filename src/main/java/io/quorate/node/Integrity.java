package io.quorate.node;

import io.quorate.apply.Alarm;
import io.quorate.apply.Attribution;
import io.quorate.apply.Command;
import io.quorate.apply.Member;
import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.base.Membership;
import io.quorate.raft.Message;
import io.quorate.raft.RoleKind;
import io.quorate.raft.SnapshotMeta;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether all members hold the same state. The leader asks each second for the digest at an index
 * that it knows itself; who differs from a majority is told so and puts itself into quarantine, the
 * leader too. Where no majority agrees, nobody can say who is right, and the CORRUPT alarm rises. A
 * member in quarantine asks for a snapshot here. Any thread.
 */
final class Integrity {
  private static final Logger LOG = LoggerFactory.getLogger(Integrity.class);

  /** How often digests are compared. */
  private static final Duration COMPARE_EVERY = Duration.ofSeconds(1);

  /** How long an answer may take. */
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);

  /** How often a member in quarantine asks for a state. */
  private static final Duration REPAIR_EVERY = Duration.ofSeconds(1);

  /** How long a state that has come whole may take to be installed before another is asked for. */
  private static final Duration INSTALLED_WITHIN = Duration.ofSeconds(30);

  private final Node node;
  private final Digests digests = new Digests();
  private final RangeDigests ranges;
  private long target;
  private long compared;
  private volatile boolean quarantined;
  private volatile long arrivedNanos = System.nanoTime() - INSTALLED_WITHIN.toNanos();

  /** Of a member whose store is in quarantine already, or is not. */
  Integrity(Node node, boolean quarantined) {
    this.node = node;
    this.ranges = new RangeDigests(node);
    this.quarantined = quarantined;
  }

  /** Whether the store is damaged, so that nothing of it may be answered. */
  boolean isQuarantined() {
    return quarantined;
  }

  /**
   * The store is damaged: nobody is answered any more, and the member fails. Where there are other
   * members the store is marked, so that the next start gets the state from them.
   */
  synchronized void damaged(String reason) {
    if (quarantined) {
      return;
    }
    quarantined = true;
    List<Member> members = node.published().members();
    if (members.size() < 2) {
      node.fail(new IllegalStateException("the store is damaged: " + reason));
      return;
    }
    try {
      new Quarantine(reason, new Roster(node.clusterId(), members, List.of()))
          .write(node.settings().storeDir());
      node.fail(new QuarantinedException(reason));
    } catch (IOException e) {
      node.fail(e);
    }
  }

  /** The store is whole again; the mark goes a little later, on the reader pool. */
  void repaired() {
    node.readerPool()
        .execute(
            () -> {
              try {
                Quarantine.clear(node.settings().storeDir());
                quarantined = false;
                LOG.info("the store is repaired");
              } catch (IOException e) {
                node.fail(e);
              }
            });
  }

  Digests digests() {
    return digests;
  }

  RangeDigests ranges() {
    return ranges;
  }

  /** Begins to look, to compare, and to ask for a repair where one is needed. */
  void start() {
    new Scrub(node, ranges).start();
    every(COMPARE_EVERY, this::compare);
    if (quarantined) {
      every(REPAIR_EVERY, this::askForRepair);
    }
  }

  private void every(Duration pause, Runnable task) {
    node.system()
        .scheduler()
        .scheduleWithFixedDelay(pause, pause, task, node.system().executionContext());
  }

  // ---- the leader

  /** Compares what was newest the last time: by now the others have applied it, too. */
  private synchronized void compare() {
    long at = target;
    target = digests.newest();
    Long own = digests.at(at);
    if (!node.isLeader() || own == null || at == compared) {
      return;
    }
    compared = at;
    gather(Questions.Kind.DIGEST, Bytes.ofLong(at), own).thenAccept(answers -> judge(at, answers));
  }

  /** Asks all others for a digest; the answers by member, with this one's, which is {@code own}. */
  CompletionStage<Map<Long, Long>> gather(Questions.Kind kind, Bytes request, long own) {
    Map<Long, Long> answers = new ConcurrentHashMap<>();
    answers.put(node.memberId(), own);
    CompletionStage<Void> all = CompletableFuture.completedStage(null);
    for (Member member : node.published().members()) {
      if (member.id() != node.memberId()) {
        all =
            all.thenCombine(
                node.cluster()
                    .ask(member.id(), kind, request, ANSWER_WITHIN)
                    .thenAccept(answer -> answers.put(member.id(), answer.longAt(0)))
                    .exceptionally(unknown -> null),
                (before, now) -> null);
      }
    }
    return all.thenApply(done -> answers);
  }

  /** Who is damaged by what members answered; the alarm rises where nobody can say. */
  Attribution judge(Map<Long, Long> answers, String what) {
    Set<Long> voters =
        node.published().members().stream()
            .filter(member -> !member.learner())
            .map(Member::id)
            .collect(Collectors.toCollection(TreeSet::new));
    Attribution verdict = Attribution.of(answers, voters);
    if (verdict.undecided() && node.published().alarms().stream().noneMatch(Integrity::isCorrupt)) {
      LOG.error("members hold different {}, and no majority agrees", what);
      Alarm alarm = new Alarm(node.memberId(), Alarm.Type.CORRUPT);
      node.propose(Command.ChangeAlarm.byHand(true, alarm));
    }
    return verdict;
  }

  private void judge(long at, Map<Long, Long> answers) {
    Attribution verdict = judge(answers, "states at entry " + at);
    for (long damaged : verdict.damaged()) {
      LOG.error(
          "member {} holds another state at entry {} than a majority",
          Long.toHexString(damaged),
          at);
      if (damaged == node.memberId()) {
        damaged(reason(at));
      } else {
        node.cluster()
            .ask(damaged, Questions.Kind.QUARANTINE, told(at, answers), ANSWER_WITHIN)
            .exceptionally(unreached -> Bytes.EMPTY);
      }
    }
  }

  private static boolean isCorrupt(Alarm alarm) {
    return alarm.type() == Alarm.Type.CORRUPT;
  }

  private Bytes told(long at, Map<Long, Long> answers) {
    long own = answers.getOrDefault(node.memberId(), 0L);
    return new ByteWriter(2 * Long.BYTES).putLong(at).putLong(own).toBytes();
  }

  private static String reason(long at) {
    return "its state at entry " + at + " is not that of a majority";
  }

  // ---- the others

  /** The digest at {@code index}; fails when it is not known. */
  CompletionStage<Bytes> answerDigest(long index) {
    Long digest = quarantined ? null : digests.at(index);
    return digest == null
        ? refused("no digest of entry " + index)
        : CompletableFuture.completedFuture(Bytes.ofLong(digest));
  }

  /** A leader says that this member is damaged; it looks for itself. */
  CompletionStage<Bytes> answerQuarantine(Bytes request) {
    ByteReader in = new ByteReader(request);
    long at = in.getLong();
    long expected = in.getLong();
    Long own = digests.at(at);
    if (own == null || own == expected || quarantined) {
      return refused("the state at entry " + at + " is not known to differ");
    }
    damaged(reason(at));
    return CompletableFuture.completedFuture(Bytes.EMPTY);
  }

  /** A state has come whole from another member, and is going to be installed. */
  void stateArrived() {
    arrivedNanos = System.nanoTime();
  }

  private void askForRepair() {
    boolean installing = System.nanoTime() - arrivedNanos < INSTALLED_WITHIN.toNanos();
    if (quarantined && !installing) {
      node.cluster()
          .askLeader(Questions.Kind.REPAIR, Bytes.ofLong(node.memberId()))
          .exceptionally(
              failure -> {
                LOG.debug("nobody repairs this member yet: {}", failure.getMessage());
                return Bytes.EMPTY;
              });
    }
  }

  /** Sends {@code member} a snapshot, by the leader. */
  CompletionStage<Bytes> answerRepair(long member) {
    RaftStatus status = node.status();
    if (status.role() != RoleKind.LEADER) {
      return CompletableFuture.failedFuture(EtcdError.NOT_LEADER.exception());
    }
    SnapshotMeta newest = new SnapshotMeta(0, 0, Membership.of(Set.of()));
    node.cluster()
        .send(List.of(new Message.InstallSnapshot(node.memberId(), member, status.term(), newest)));
    return CompletableFuture.completedFuture(Bytes.EMPTY);
  }

  private static CompletionStage<Bytes> refused(String text) {
    return CompletableFuture.failedFuture(
        new EtcdException(EtcdError.Code.FAILED_PRECONDITION, text));
  }
}
