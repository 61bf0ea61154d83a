package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.metrics.Counter;
import io.quorate.raft.Fate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proposals of this member that wait for their entry to be applied. Any thread.
 *
 * <p>One that was lost with a leader, which its {@link Fate} tells, is proposed again: whoever
 * waits for it does not notice that there is another leader.
 */
final class Proposals {
  /** The most proposals that may wait; more are answered "too many requests" at once. */
  static final int PENDING_MAX = 20_000;

  /** What waits may have so much of the largest heap: without a leader all of it stays there. */
  private static final int HEAP_SHARE = 4;

  private static final Logger LOG = LoggerFactory.getLogger(Proposals.class);

  private record Pending(
      RaftInbox.Proposal proposal, Completion<Answer> completion, long deadlineNanos, Fate fate) {
    int bytes() {
      return proposal.data().size();
    }
  }

  private final ConcurrentMap<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicInteger size = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong nextId;
  private final long timeoutNanos;
  private final long bytesMax;
  private final Consumer<RaftInbox.Proposal> again;
  private final Counter failed = new Counter();

  /**
   * @param memberId makes ids differ between members
   * @param startMillis makes ids differ between runs of one member
   * @param timeoutNanos how long a proposal waits
   * @param bytesMax how many bytes of proposals may wait, not counting one that waits alone
   * @param again takes those that have to be proposed once more
   */
  Proposals(
      long memberId,
      long startMillis,
      long timeoutNanos,
      long bytesMax,
      Consumer<RaftInbox.Proposal> again) {
    this.bytesMax = bytesMax;
    this.again = again;
    // Two bytes of the member, five of the time in milliseconds, one that the count runs over.
    this.nextId = new AtomicLong((memberId << 48) | ((startMillis & 0xff_ffff_ffffL) << 8));
    this.timeoutNanos = timeoutNanos;
  }

  /** An id that no other proposal has. */
  long newId() {
    return nextId.incrementAndGet();
  }

  /** How many bytes may wait in this JVM. */
  static long bytesMaxOfHeap() {
    return Runtime.getRuntime().maxMemory() / HEAP_SHARE;
  }

  /**
   * Whether {@code completion} now waits for {@code proposal}; false when too many wait, or too
   * large ones.
   */
  boolean add(RaftInbox.Proposal proposal, Completion<Answer> completion, long nowNanos) {
    long more = proposal.data().size();
    boolean few = size.incrementAndGet() <= PENDING_MAX;
    long total = bytes.addAndGet(more);
    if (!few || (total > bytesMax && total > more)) {
      size.decrementAndGet();
      bytes.addAndGet(-more);
      return false;
    }
    pending.put(
        proposal.id(), new Pending(proposal, completion, nowNanos + timeoutNanos, new Fate()));
    return true;
  }

  /** Proposal {@code id} is about to be taken to the leader of {@code term}, which is positive. */
  void taken(long id, long term) {
    Pending each = pending.get(id);
    if (each != null) {
      each.fate().taken(term);
    }
  }

  /** The leader has not taken proposal {@code id}, for certain. */
  void notTaken(long id) {
    Pending each = pending.get(id);
    if (each != null) {
      each.fate().notTaken();
    }
  }

  /**
   * An entry of {@code term} is applied here, and who waits for an entry before it has the answer:
   * proposes those again that are lost, in the order in which they came. Called by the thread that
   * gives the answers.
   */
  void proposeLostAgain(long term) {
    List<Pending> lost =
        pending.values().stream()
            .filter(each -> each.fate().isLostBefore(term))
            .sorted(Comparator.comparingLong(each -> each.proposal().id()))
            .toList();
    for (Pending each : lost) {
      each.fate().notTaken();
      again.accept(each.proposal());
    }
    if (!lost.isEmpty()) {
      LOG.info("{} proposals were lost with the leader before term {}", lost.size(), term);
    }
  }

  /** A snapshot has taken the place of the state: it may hold what was taken to a leader before. */
  void doubt() {
    pending.values().forEach(each -> each.fate().doubt());
  }

  /** Whether anybody still waits for {@code id}. */
  boolean isPending(long id) {
    return pending.containsKey(id);
  }

  /** How many wait. */
  int size() {
    return size.get();
  }

  /** Those that came into no log, or nobody knows whether they did. */
  Counter failures() {
    return failed;
  }

  /** Refuses one that is not in the log. */
  void fail(long id, EtcdException why) {
    failed.increment();
    refused(id, why);
  }

  void done(long id, Answer answer) {
    Completion<Answer> completion = take(id);
    if (completion != null) {
      completion.done(answer);
    }
  }

  void refused(long id, EtcdException refusal) {
    Completion<Answer> completion = take(id);
    if (completion != null) {
      completion.refused(refusal);
    }
  }

  /**
   * Refuses those that have waited too long.
   *
   * @param untouched asked only when there are any: those that nobody has looked at, for want of a
   *     leader. Their clients may try again, and those of etcd do. What became of the others is
   *     unknown
   */
  void expire(long nowNanos, Supplier<Set<Long>> untouched) {
    List<Long> late = new ArrayList<>(0);
    pending.forEach(
        (id, each) -> {
          if (each.deadlineNanos() - nowNanos <= 0) {
            late.add(id);
          }
        });
    if (late.isEmpty()) {
      return;
    }
    Set<Long> inVain = untouched.get();
    for (long id : late) {
      EtcdError why = inVain.contains(id) ? EtcdError.DEADLINE_EXCEEDED : EtcdError.TIMEOUT;
      fail(id, why.exception());
    }
  }

  /** Refuses all: the member stops. */
  void stop() {
    pending.keySet().forEach(id -> refused(id, EtcdError.STOPPED.exception()));
  }

  private @Nullable Completion<Answer> take(long id) {
    Pending taken = pending.remove(id);
    if (taken == null) {
      return null;
    }
    size.decrementAndGet();
    bytes.addAndGet(-taken.bytes());
    return taken.completion();
  }
}
