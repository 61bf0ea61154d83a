package io.quorate.client.flow;

import java.util.Objects;
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
public abstract class Emission<T> implements Subscription {
  private static final System.Logger LOG = System.getLogger("io.quorate.client");

  /** Forgotten at the end, so that whoever still knows the emission holds nobody else. */
  private @Nullable Subscriber<? super T> subscriber;

  private final Queue<T> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicLong demand = new AtomicLong();

  /** The first turn is that of {@link #begin}: until then nothing is told. */
  private final AtomicInteger turns = new AtomicInteger(1);

  private volatile boolean isComplete;
  private volatile @Nullable Throwable failure;
  private volatile boolean isCancelled;
  private boolean isOver;

  /** A subscription that {@code subscriber} does not know of yet. */
  protected Emission(Subscriber<? super T> subscriber) {
    this.subscriber = Objects.requireNonNull(subscriber, "subscriber");
  }

  /** Hands itself to the subscriber, once; what is offered or ended before waits for that. */
  public final void begin() {
    try {
      to().onSubscribe(this);
    } catch (Throwable e) {
      thrown(e);
    }
    work();
  }

  private Subscriber<? super T> to() {
    return Objects.requireNonNull(subscriber, "it is over");
  }

  /**
   * There is nothing waiting, and the subscriber wants more. Called by one thread at a time,
   * perhaps again before the answer to it has come.
   */
  protected abstract void onWanted();

  /** Nothing more can be said: the end was told, or the subscriber left. Called once. */
  protected abstract void onOver();

  /** Says something. */
  public final void offer(T value) {
    waiting.add(value);
    wake();
  }

  /** Ends well, once what waits was said. */
  public final void complete() {
    isComplete = true;
    wake();
  }

  /** Ends with {@code why}, once what waits was said. */
  public final void fail(Throwable why) {
    if (!isComplete) {
      failure = why;
      isComplete = true;
      wake();
    }
  }

  /** Whether what is said now is still heard. */
  public final boolean isHeard() {
    return !isCancelled && !isComplete;
  }

  /** Whether the subscriber wants more than what waits. */
  public final boolean isWanted() {
    return demand.get() > 0 && waiting.isEmpty();
  }

  @Override
  public final void request(long count) {
    if (count <= 0) {
      waiting.clear();
      fail(
          new IllegalArgumentException(
              "asked for "
                  + count
                  + " items, not for at least one as rule 3.9 of Reactive Streams says"));
      return;
    }
    demand.accumulateAndGet(count, (has, more) -> has + more < 0 ? Long.MAX_VALUE : has + more);
    wake();
  }

  @Override
  public final void cancel() {
    isCancelled = true;
    wake();
  }

  /** Looks again at what there is: {@link #onWanted} is told if more is wanted. */
  public final void wake() {
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
        to().onNext(value);
      } catch (Throwable e) {
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
    Subscriber<? super T> told = to();
    over();
    Throwable why = failure;
    try {
      if (why == null) {
        told.onComplete();
      } else {
        told.onError(why);
      }
    } catch (Throwable e) {
      thrown(e);
    }
  }

  private void over() {
    isOver = true;
    subscriber = null;
    waiting.clear();
    onOver();
  }

  /** Rule 2.13: a subscriber that throws has left, whatever it throws. */
  private void thrown(Throwable e) {
    isCancelled = true;
    LOG.log(System.Logger.Level.WARNING, "a subscriber threw, and is told nothing more", e);
  }
}
