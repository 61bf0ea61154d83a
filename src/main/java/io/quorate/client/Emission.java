package io.quorate.client;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One subscription of one subscriber, with all the rules of Reactive Streams about it: one signal
 * at a time, none beyond what was asked for, none after the end. A source says what there is with
 * {@link #offer} and how it ends with {@link #complete} or {@link #fail}, and is told by {@link
 * #onWanted} when it may say more; it keeps to that, which bounds what waits here.
 *
 * <p>Whichever thread has something to do does what there is to do for all: {@code turns} counts
 * those who came, and only the first works.
 */
abstract class Emission<T> implements Subscription {
  private static final System.Logger LOG = System.getLogger("io.quorate.client");

  private final Subscriber<? super T> subscriber;
  private final Queue<T> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicLong demand = new AtomicLong();
  private final AtomicInteger turns = new AtomicInteger();
  private volatile boolean isComplete;
  private volatile @Nullable Throwable failure;
  private volatile boolean isCancelled;
  private boolean isOver;

  Emission(Subscriber<? super T> subscriber) {
    this.subscriber = subscriber;
  }

  /** Hands itself to the subscriber; nothing is said before. */
  final void begin() {
    turns.incrementAndGet();
    try {
      subscriber.onSubscribe(this);
    } catch (RuntimeException e) {
      thrown(e);
    }
    work();
  }

  /**
   * There is nothing waiting, and the subscriber wants more. Called by one thread at a time,
   * perhaps again before the answer to it has come.
   */
  abstract void onWanted();

  /** Nothing more can be said: the end was told, or the subscriber left. Called once. */
  abstract void onOver();

  /** Says something. */
  final void offer(T value) {
    waiting.add(value);
    drain();
  }

  /** Ends well, once what waits was said. */
  final void complete() {
    isComplete = true;
    drain();
  }

  /** Ends with {@code why}, once what waits was said. */
  final void fail(Throwable why) {
    if (!isComplete) {
      failure = why;
      isComplete = true;
      drain();
    }
  }

  /** Whether what is said now is still heard. */
  final boolean isHeard() {
    return !isCancelled && !isComplete;
  }

  /** Whether the subscriber wants more than what waits. */
  final boolean isWanted() {
    return demand.get() > 0 && waiting.isEmpty();
  }

  @Override
  public final void request(long count) {
    if (count <= 0) {
      waiting.clear();
      fail(new IllegalArgumentException("asked for " + count + " items, not for at least one"));
      return;
    }
    demand.accumulateAndGet(count, (has, more) -> has + more < 0 ? Long.MAX_VALUE : has + more);
    drain();
  }

  @Override
  public final void cancel() {
    isCancelled = true;
    drain();
  }

  private void drain() {
    if (turns.getAndIncrement() == 0) {
      work();
    }
  }

  private void work() {
    int seen = turns.get();
    do {
      tell();
      seen = turns.addAndGet(-seen);
    } while (seen != 0);
  }

  private void tell() {
    if (isOver) {
      return;
    }
    long told = 0;
    while (!isCancelled && demand.get() > told) {
      T value = waiting.poll();
      if (value == null) {
        break;
      }
      told++;
      try {
        subscriber.onNext(value);
      } catch (RuntimeException e) {
        thrown(e);
      }
    }
    if (told > 0) {
      long spent = told;
      demand.updateAndGet(has -> has == Long.MAX_VALUE ? has : has - spent);
    }
    if (isCancelled) {
      over();
    } else if (isComplete && waiting.isEmpty()) {
      end();
    } else if (isWanted()) {
      onWanted();
    }
  }

  private void end() {
    over();
    Throwable why = failure;
    try {
      if (why == null) {
        subscriber.onComplete();
      } else {
        subscriber.onError(why);
      }
    } catch (RuntimeException e) {
      thrown(e);
    }
  }

  private void over() {
    isOver = true;
    waiting.clear();
    onOver();
  }

  /** Rule 2.13: a subscriber that throws has left. */
  private void thrown(RuntimeException e) {
    isCancelled = true;
    LOG.log(System.Logger.Level.WARNING, "a subscriber threw, and is told nothing more", e);
  }
}
