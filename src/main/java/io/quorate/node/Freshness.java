package io.quorate.node;

import io.quorate.apply.Member;
import io.quorate.base.Bytes;
import io.quorate.base.Coded;
import io.quorate.journal.LogStart;
import io.quorate.raft.RaftCore;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.Cancellable;
import org.jspecify.annotations.Nullable;

/**
 * Whether a founder that remembers nothing may take part. Its disk may have been wiped, and then it
 * could vote twice in a term or take back what it acknowledged. So it does neither until a quorum,
 * itself included, says that nothing has happened yet, or the cluster says that this member has
 * never lived. If it has, it never starts under its id again. Any thread.
 *
 * <p>A quorum that remembers nothing is believed only once all others were asked: whoever is there
 * and knows better is heard. What stays open is that of three founders one was never started, one
 * loses its disk, and the third is away: the two that are left cannot know that there was anything.
 */
final class Freshness {
  /** The pause between two rounds of questions. */
  private static final Duration ASK_EVERY = Duration.ofMillis(50);

  /** How long one answer may take; the cluster may have to confirm its leader for it. */
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);

  /** What another member says of the one that asks; the code is what goes over the wire. */
  private enum Verdict implements Coded {
    /** Nothing has happened here yet. */
    FRESH(1),
    /** The cluster lives, but has never heard of it as alive. */
    NEVER_LIVED(2),
    /** It has lived before, or was removed. */
    LIVED(3);

    private final int code;

    Verdict(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  private final Node node;
  private final Set<Long> fresh = ConcurrentHashMap.newKeySet();
  private final Set<Long> asked = ConcurrentHashMap.newKeySet();
  private final Set<Long> heard = ConcurrentHashMap.newKeySet();
  private @Nullable Cancellable asking;

  Freshness(Node node) {
    this.node = node;
  }

  /** Whether {@code raft} is as the founding left it, but for what it did for itself. */
  static boolean isFresh(RaftCore raft) {
    return raft.log().last() == LogStart.FOUNDING_INDEX && !raft.hasVotedForAnother();
  }

  /** Whether {@code raft}, which has just recovered, must ask before it takes part. */
  static boolean mustAsk(RaftCore raft) {
    return isFresh(raft) && raft.membership().voters().size() > 1;
  }

  /** Asks the others, again and again, until it is settled. */
  synchronized void ask() {
    asking =
        node.system()
            .scheduler()
            .scheduleWithFixedDelay(
                Duration.ZERO, ASK_EVERY, this::askAll, node.system().executionContext());
  }

  private void askAll() {
    Bytes self = Bytes.ofLong(node.memberId());
    for (Member member : node.published().members()) {
      long id = member.id();
      if (id != node.memberId() && asked.add(id)) {
        node.cluster()
            .ask(id, Questions.Kind.FRESH, self, ANSWER_WITHIN)
            .whenComplete(
                (answer, failure) -> {
                  asked.remove(id);
                  heard.add(id);
                  if (failure == null) {
                    take(id, Coded.pick(Verdict.values(), answer.at(0)));
                  }
                  settleIfFresh();
                });
      }
    }
  }

  private synchronized void take(long from, Verdict verdict) {
    if (asking == null) {
      return;
    }
    switch (verdict) {
      case FRESH -> fresh.add(from);
      case NEVER_LIVED -> settle();
      case LIVED -> {
        stop();
        node.fail(MemberGoneException.bootstrapped(node.memberId()));
      }
    }
  }

  private synchronized void settleIfFresh() {
    int members = node.published().members().size();
    if (asking != null && 1 + fresh.size() > members / 2 && 1 + heard.size() >= members) {
      settle();
    }
  }

  private void settle() {
    stop();
    node.raft().tell(RaftCommand.Signal.ADMIT);
  }

  private void stop() {
    if (asking != null) {
      asking.cancel();
      asking = null;
    }
  }

  /** What this member says of {@code id}, in one byte. */
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

  private static Bytes encoded(Verdict verdict) {
    return Bytes.wrap(new byte[] {(byte) verdict.code()});
  }
}
