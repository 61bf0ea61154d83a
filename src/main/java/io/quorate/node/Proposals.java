package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The proposals of this member that wait for their entry to be applied. Any thread. */
final class Proposals {
  /** The most proposals that may wait; more are answered "too many requests" at once. */
  static final int PENDING_MAX = 20_000;

  private record Pending(Completion<Answer> completion, long deadlineNanos) {}

  private final ConcurrentMap<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicInteger size = new AtomicInteger();
  private final AtomicLong nextId;
  private final long timeoutNanos;

  /**
   * @param memberId makes ids differ between members
   * @param startMillis makes ids differ between runs of one member
   * @param timeoutNanos how long a proposal waits
   */
  Proposals(long memberId, long startMillis, long timeoutNanos) {
    // Two bytes of the member, five of the time in milliseconds, one that the count runs over.
    this.nextId = new AtomicLong((memberId << 48) | ((startMillis & 0xff_ffff_ffffL) << 8));
    this.timeoutNanos = timeoutNanos;
  }

  /** An id that no other proposal has. */
  long newId() {
    return nextId.incrementAndGet();
  }

  /** Whether {@code completion} now waits for proposal {@code id}; false when too many wait. */
  boolean add(long id, Completion<Answer> completion, long nowNanos) {
    if (size.incrementAndGet() > PENDING_MAX) {
      size.decrementAndGet();
      return false;
    }
    pending.put(id, new Pending(completion, nowNanos + timeoutNanos));
    return true;
  }

  /** Whether anybody still waits for {@code id}. */
  boolean isPending(long id) {
    return pending.containsKey(id);
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

  /** Refuses those that have waited too long; what became of them is unknown. */
  void expire(long nowNanos) {
    pending.forEach(
        (id, each) -> {
          if (each.deadlineNanos() - nowNanos <= 0) {
            refused(id, EtcdError.TIMEOUT.exception());
          }
        });
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
    return taken.completion();
  }
}
