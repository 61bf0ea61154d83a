package io.quorate.compat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/** A subscriber that wants everything and remembers what it was told. */
final class Heard<T> implements Subscriber<T> {
  private final List<T> told = new ArrayList<>();
  private @Nullable Subscription subscription;
  private @Nullable String end;

  @Override
  public synchronized void onSubscribe(Subscription given) {
    subscription = given;
    given.request(Long.MAX_VALUE);
  }

  @Override
  public synchronized void onNext(T value) {
    told.add(value);
  }

  @Override
  public synchronized void onError(Throwable failure) {
    end = failure.toString();
  }

  @Override
  public synchronized void onComplete() {
    end = "complete";
  }

  /** All that was told so far. */
  synchronized List<T> told() {
    return List.copyOf(told);
  }

  /** How it ended; nothing before. */
  synchronized @Nullable String end() {
    return end;
  }

  void cancel() {
    Subscription given;
    synchronized (this) {
      given = subscription;
    }
    if (given != null) {
      given.cancel();
    }
  }
}
