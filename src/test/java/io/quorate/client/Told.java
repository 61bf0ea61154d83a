package io.quorate.client;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A subscriber that keeps what it is told, and checks that it is told one thing at a time. */
class Told<T> implements Subscriber<T> {
  private final List<T> items = new CopyOnWriteArrayList<>();
  private final AtomicBoolean isInside = new AtomicBoolean();
  private final long first;
  private volatile @Nullable Subscription subscription;
  private volatile @Nullable Throwable failure;
  private volatile boolean isComplete;
  private volatile boolean isBroken;
  volatile Consumer<T> onItem = item -> {};

  /** Asks for {@code first} items when it begins. */
  Told(long first) {
    this.first = first;
  }

  private void enter() {
    isBroken |= isInside.getAndSet(true) || isOver();
  }

  @Override
  public void onSubscribe(Subscription to) {
    isBroken |= subscription != null;
    subscription = to;
    if (first > 0) {
      to.request(first);
    }
  }

  @Override
  public void onNext(T item) {
    enter();
    items.add(item);
    isInside.set(false);
    onItem.accept(item);
  }

  @Override
  public void onError(Throwable why) {
    enter();
    isBroken |= subscription == null;
    failure = why;
    isInside.set(false);
  }

  @Override
  public void onComplete() {
    enter();
    isBroken |= subscription == null;
    isComplete = true;
    isInside.set(false);
  }

  List<T> items() {
    return items;
  }

  void request(long count) {
    subscription().request(count);
  }

  void cancel() {
    subscription().cancel();
  }

  Subscription subscription() {
    Subscription to = subscription;
    if (to == null) {
      throw new AssertionError("not subscribed");
    }
    return to;
  }

  @Nullable Throwable failure() {
    return failure;
  }

  boolean isComplete() {
    return isComplete;
  }

  boolean isOver() {
    return isComplete || failure != null;
  }

  /** Whether a rule was broken. */
  boolean isBroken() {
    return isBroken;
  }
}
