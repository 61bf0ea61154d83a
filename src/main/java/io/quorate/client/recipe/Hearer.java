package io.quorate.client.recipe;

import io.quorate.client.WatchSignal;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * Who hears what a watch tells, until it leaves: also before it is known what there is to be left.
 */
abstract class Hearer implements Subscriber<WatchSignal> {
  private @Nullable Subscription subscription;
  private boolean isLeft;

  @Override
  public final void onSubscribe(Subscription given) {
    boolean isLate;
    synchronized (this) {
      subscription = given;
      isLate = isLeft;
    }
    if (isLate) {
      given.cancel();
    } else {
      onBegin(given);
    }
  }

  /** It can ask; it asks for everything unless this says otherwise. */
  void onBegin(Subscription given) {
    given.request(Long.MAX_VALUE);
  }

  /** What it may ask, once there is that. */
  final synchronized @Nullable Subscription subscription() {
    return subscription;
  }

  /** Whether it has left: what is told now was under way. */
  final synchronized boolean isLeft() {
    return isLeft;
  }

  /** Hears no more. */
  final void leave() {
    Subscription given;
    synchronized (this) {
      isLeft = true;
      given = subscription;
    }
    if (given != null) {
      given.cancel();
    }
  }
}
