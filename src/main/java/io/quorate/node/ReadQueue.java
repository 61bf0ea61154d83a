package io.quorate.node;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.metrics.Counter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The linearizable reads of this member (Raft dissertation, section 6.4). Reads that come while a
 * round of confirmation is under way share the next one. A batch goes through three places: {@link
 * #add} by any thread; asked under a context; confirmed at an index that is not applied yet. All
 * but {@link #add} are called by the RaftActor.
 */
final class ReadQueue {
  /** The most reads that may wait; more are answered "too many requests" at once. */
  static final int WAITING_MAX = 100_000;

  /** Reads that one task of the dispatcher serves, so that cores share a large batch. */
  private static final int TASK_READS_MAX = 32;

  private record Read(Completion<Confirmed> completion, long deadlineNanos) {}

  private record Batch(long context, List<Read> reads, long index) {}

  private final ConcurrentLinkedQueue<Read> fresh = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Executor executor;
  private final long timeoutNanos;
  private final Deque<Batch> confirmed = new ArrayDeque<>();
  private final Counter slow = new Counter();
  private volatile boolean atOnce;
  private @Nullable Batch asked;
  private long nextContext;

  /**
   * @param firstContext where contexts begin: another number in each run, since a question of the
   *     last one may still be answered
   */
  ReadQueue(Executor executor, long timeoutNanos, long firstContext) {
    this.nextContext = firstContext;
    this.executor = executor;
    this.timeoutNanos = timeoutNanos;
  }

  /** Whether a read need not wait here; any thread. */
  boolean isAtOnce() {
    return atOnce;
  }

  /** Whether this member knows without a question that it holds all that was acknowledged. */
  void setAtOnce(boolean sole) {
    if (atOnce != sole) {
      atOnce = sole;
    }
  }

  /** Rounds, or reads that came into none, that waited too long. */
  Counter slowRounds() {
    return slow;
  }

  /** Queues a read; false when too many wait. */
  boolean add(Completion<Confirmed> completion, long nowNanos) {
    if (waiting.incrementAndGet() > WAITING_MAX) {
      waiting.decrementAndGet();
      return false;
    }
    fresh.add(new Read(completion, nowNanos + timeoutNanos));
    return true;
  }

  /** The context to ask the core for now, or 0 when a round is under way or nobody waits. */
  long nextRound() {
    if (asked != null || fresh.isEmpty()) {
      return 0;
    }
    List<Read> reads = new ArrayList<>();
    for (Read read = fresh.poll(); read != null; read = fresh.poll()) {
      reads.add(read);
    }
    asked = new Batch(nextContext++, reads, 0);
    return asked.context();
  }

  /** The context that was asked for and must be asked again, or 0. */
  long unanswered() {
    return asked == null ? 0 : asked.context();
  }

  /** The core has confirmed a round. */
  void confirmed(long context, long index, long appliedIndex) {
    Batch batch = asked;
    if (batch == null || batch.context() != context) {
      return;
    }
    asked = null;
    if (index <= appliedIndex) {
      release(batch);
    } else {
      confirmed.add(new Batch(context, batch.reads(), index));
    }
  }

  /** Everything up to {@code index} is applied and visible. */
  void applied(long index) {
    while (!confirmed.isEmpty() && confirmed.peek().index() <= index) {
      release(confirmed.remove());
    }
  }

  private void release(Batch batch) {
    List<Read> reads = batch.reads();
    waiting.addAndGet(-reads.size());
    for (int from = 0; from < reads.size(); from += TASK_READS_MAX) {
      List<Read> part = reads.subList(from, Math.min(from + TASK_READS_MAX, reads.size()));
      executor.execute(
          () -> {
            for (Read read : part) {
              read.completion().done(Confirmed.NOW);
            }
          });
    }
  }

  /** Refuses those that have waited too long. */
  void expire(long nowNanos) {
    Batch batch = asked;
    if (batch != null) {
      List<Read> kept = refuseOld(batch, nowNanos);
      asked = kept.isEmpty() ? null : new Batch(batch.context(), kept, 0);
    }
    for (int left = confirmed.size(); left > 0; left--) {
      Batch each = confirmed.remove();
      List<Read> kept = refuseOld(each, nowNanos);
      if (!kept.isEmpty()) {
        confirmed.add(new Batch(each.context(), kept, each.index()));
      }
    }
    for (Read read = fresh.peek();
        read != null && read.deadlineNanos() - nowNanos <= 0;
        read = fresh.peek()) {
      fresh.poll();
      slow.increment();
      refuse(read, EtcdError.TIMEOUT.exception());
    }
  }

  private List<Read> refuseOld(Batch batch, long nowNanos) {
    List<Read> kept = new ArrayList<>();
    boolean late = false;
    for (Read read : batch.reads()) {
      if (read.deadlineNanos() - nowNanos > 0) {
        kept.add(read);
      } else {
        late = true;
        refuse(read, EtcdError.TIMEOUT.exception());
      }
    }
    if (late) {
      slow.increment();
    }
    return kept;
  }

  /** Refuses all: the member stops. */
  void stop() {
    atOnce = false;
    Batch batch = asked;
    asked = null;
    List<Read> all = new ArrayList<>(batch == null ? List.of() : batch.reads());
    confirmed.forEach(each -> all.addAll(each.reads()));
    confirmed.clear();
    for (Read read = fresh.poll(); read != null; read = fresh.poll()) {
      all.add(read);
    }
    all.forEach(read -> refuse(read, EtcdError.STOPPED.exception()));
  }

  private void refuse(Read read, EtcdException refusal) {
    waiting.decrementAndGet();
    read.completion().refused(refusal);
  }
}
