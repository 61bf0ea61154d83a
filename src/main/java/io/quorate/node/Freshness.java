package io.quorate.node;

import io.quorate.apply.Member;
import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.Coded;
import io.quorate.journal.LogStart;
import io.quorate.link.LinkException;
import io.quorate.raft.RaftCore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a founder that remembers nothing may take part. Its disk may have been wiped, and then it
 * could vote twice in a term or take back what it acknowledged. So it does neither until a quorum,
 * itself included, says that nothing has happened yet, or the cluster says that this member has
 * never lived. If it has, it never starts under its id again. Any thread.
 *
 * <p>It asks in rounds, all others at once, and believes a quorum that remembers nothing only if
 * each of the others has said so in this round, or cannot be reached: whoever is there and knows
 * better is heard, or waited for. What stays open is that of three founders one was never started,
 * one loses its disk, and the third is away: the two that are left cannot know that there was
 * anything.
 */
final class Freshness {
  /** The pause between two rounds of questions. */
  private static final Duration ASK_EVERY = Duration.ofMillis(50);

  /** How long one answer may take; the cluster may have to confirm its leader for it. */
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(Freshness.class);

  /** After how long a member that waits says so; those who start at once wait for a moment. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** What is found out of another member. */
  enum Verdict implements Coded {
    /** It is there, or may be, and has not said anything. */
    UNSURE(0),
    /** Its log holds nothing but the founding, and it knows no leader. */
    FRESH(1),
    /** The cluster lives, but has never heard of the one that asks as alive. */
    NEVER_LIVED(2),
    /** The one that asks has lived before, or was removed. */
    LIVED(3),
    /** Nobody is there. */
    AWAY(4);

    /** What goes over the wire. */
    private static final Verdict[] SAID = {FRESH, NEVER_LIVED, LIVED};

    private final int code;

    Verdict(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }

    /** Whether it settles the matter, whatever the others say. */
    boolean isLast() {
      return this == NEVER_LIVED || this == LIVED;
    }
  }

  /**
   * What came back from another member, or follows from a whole round.
   *
   * @param term the one it is in, 0 where it did not say
   */
  record Heard(Verdict verdict, long term) {
    Bytes encode() {
      return new ByteWriter(12).put(verdict.code()).putVar(term).toBytes();
    }

    static Heard decode(Bytes answer) {
      ByteReader in = new ByteReader(answer);
      return new Heard(Coded.pick(Verdict.SAID, in.get()), in.getVar());
    }
  }

  private final Node node;
  private final long beginNanos = System.nanoTime();
  private final AtomicBoolean toldOfWaiting = new AtomicBoolean();

  Freshness(Node node) {
    this.node = node;
  }

  /** Whether the log of {@code raft} holds nothing but the founding. */
  static boolean isFresh(RaftCore raft) {
    return raft.log().last() == LogStart.FOUNDING_INDEX;
  }

  /**
   * Whether {@code raft}, which has just recovered, must ask before it takes part. One that was in
   * any later term than that of the founding had been admitted, and remembers it.
   */
  static boolean mustAsk(RaftCore raft) {
    return isFresh(raft)
        && raft.term() == raft.log().lastTerm()
        && raft.membership().voters().size() > 1;
  }

  /**
   * What follows from a round in which each of the others was heard, and none had the last word:
   * FRESH lets this member take part, UNSURE wants another round.
   */
  static Heard sum(List<Heard> others) {
    long fresh = 1 + others.stream().filter(each -> each.verdict() == Verdict.FRESH).count();
    boolean sure = others.stream().noneMatch(each -> each.verdict() == Verdict.UNSURE);
    boolean quorum = fresh > (1 + others.size()) / 2;
    long term = others.stream().mapToLong(Heard::term).max().orElse(0);
    return new Heard(sure && quorum ? Verdict.FRESH : Verdict.UNSURE, term);
  }

  /** Asks the others, again and again, until it is settled. */
  void ask() {
    CompletableFuture<Heard> last = new CompletableFuture<>();
    CompletionStage<List<Heard>> round = CompletableFuture.completedStage(List.of());
    for (Member member : node.published().members()) {
      if (member.id() != node.memberId()) {
        CompletionStage<Heard> one =
            askOne(member.id()).whenComplete((heard, none) -> completeIfLast(last, heard));
        round = round.thenCombine(one, Freshness::with);
      }
    }
    round.thenAccept(others -> last.complete(sum(others)));
    CompletionStage<Heard> outcome = last;
    outcome.thenAccept(this::settle);
  }

  private static void completeIfLast(CompletableFuture<Heard> last, Heard heard) {
    if (heard.verdict().isLast()) {
      last.complete(heard);
    }
  }

  private static List<Heard> with(List<Heard> others, Heard another) {
    return Stream.concat(others.stream(), Stream.of(another)).toList();
  }

  private CompletionStage<Heard> askOne(long id) {
    return node.cluster()
        .ask(id, Questions.Kind.FRESH, Bytes.ofLong(node.memberId()), ANSWER_WITHIN)
        .thenApply(Heard::decode)
        .exceptionally(Freshness::unanswered);
  }

  private static Heard unanswered(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    boolean away = cause instanceof LinkException broken && !broken.mayBeThere();
    return new Heard(away ? Verdict.AWAY : Verdict.UNSURE, 0);
  }

  private void settle(Heard outcome) {
    switch (outcome.verdict()) {
      case LIVED -> node.fail(MemberGoneException.bootstrapped(node.memberId()));
      case NEVER_LIVED, FRESH -> node.raft().tell(new RaftCommand.Admit(outcome.term()));
      default -> {
        tellOfWaiting();
        if (!node.failed().toCompletableFuture().isDone()) {
          node.system()
              .scheduler()
              .scheduleOnce(ASK_EVERY, this::ask, node.system().executionContext());
        }
      }
    }
  }

  private void tellOfWaiting() {
    if (System.nanoTime() - beginNanos >= PATIENCE.toNanos()
        && toldOfWaiting.compareAndSet(false, true)) {
      LOG.info(
          "member {} remembers nothing, and waits for the others to say that it has not lived yet",
          Long.toHexString(node.memberId()));
    }
  }

  /** What this member says of {@code id}. */
  CompletionStage<Bytes> answer(long id) {
    if (node.status().condition() == RaftStatus.Condition.FRESH && !node.hasLeader()) {
      return CompletableFuture.completedFuture(encoded(Verdict.FRESH));
    }
    if (verdict(id) == Verdict.LIVED) {
      // That stays true, and the asker may be whom a quorum is short of.
      return CompletableFuture.completedFuture(encoded(Verdict.LIVED));
    }
    // What was committed is applied here then, whoever told it.
    return node.linearize().thenApply(confirmed -> encoded(verdict(id)));
  }

  private Verdict verdict(long id) {
    Published known = node.published();
    boolean lived =
        known.removed().contains(id)
            || known.members().stream().anyMatch(m -> m.id() == id && !m.clientUrls().isEmpty());
    return lived ? Verdict.LIVED : Verdict.NEVER_LIVED;
  }

  private Bytes encoded(Verdict verdict) {
    return new Heard(verdict, node.status().term()).encode();
  }
}
