package io.quorate.client.recipe;

import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One subscription of one subscriber, by the rules of Reactive Streams, to something that is asked
 * for what comes next: nothing waits here. Whichever thread has something to do does what there is
 * to do for all: {@code turns} counts those who came, and only the first works.
 */
abstract class Outlet<T> implements Subscription {
  private static final System.Logger LOG = System.getLogger("io.quorate.client.recipe");

  private final Subscriber<? super T> subscriber;
  private final AtomicLong demand = new AtomicLong();
  private final AtomicInteger turns = new AtomicInteger();
  private volatile @Nullable End end;
  private volatile boolean isCancelled;
  private boolean isOver;

  /** How it ends. */
  private record End(@Nullable Throwable why, boolean isAtOnce) {}

  Outlet(Subscriber<? super T> subscriber) {
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

  /** What the subscriber, who wants it, is told next; nothing if there is nothing yet. */
  abstract @Nullable T next();

  /** Nothing more can be said: the end was told, or the subscriber left. Called once. */
  abstract void onOver();

  /** There may be something to say. */
  final void wake() {
    if (turns.getAndIncrement() == 0) {
      work();
    }
  }

  /** Ends, with {@code why} if not well, once all was said that the subscriber still asks for. */
  final void end(@Nullable Throwable why) {
    if (end == null) {
      end = new End(why, false);
    }
    wake();
  }

  @Override
  public final void request(long count) {
    if (count <= 0) {
      end =
          new End(
              new IllegalArgumentException("asked for " + count + " items, not for at least one"),
              true);
    } else {
      demand.accumulateAndGet(count, (has, more) -> has + more < 0 ? Long.MAX_VALUE : has + more);
    }
    wake();
  }

  @Override
  public final void cancel() {
    isCancelled = true;
    wake();
  }

  private void work() {
    int seen = turns.get();
    do {
      tell();
      seen = turns.addAndGet(-seen);
    } while (seen != 0);
  }

  private void tell() {
    while (!isOver && !isCancelled && demand.get() > 0) {
      End now = end;
      T value = now != null && now.isAtOnce() ? null : next();
      if (value == null) {
        break;
      }
      demand.updateAndGet(has -> has == Long.MAX_VALUE ? has : has - 1);
      try {
        subscriber.onNext(value);
      } catch (RuntimeException e) {
        thrown(e);
      }
    }
    End how = end;
    if (isOver) {
      return;
    }
    if (isCancelled) {
      over();
    } else if (how != null && (how.isAtOnce() || isEmpty())) {
      over();
      tellEnd(how.why());
    }
  }

  /** Whether {@link #next} would say nothing. */
  abstract boolean isEmpty();

  private void tellEnd(@Nullable Throwable why) {
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
    onOver();
  }

  /** Rule 2.13: a subscriber that throws has left. */
  private void thrown(RuntimeException e) {
    isCancelled = true;
    LOG.log(System.Logger.Level.WARNING, "a subscriber threw, and is told nothing more", e);
  }
}
