package io.quorate.client.flow;

import java.util.concurrent.Flow.Subscriber;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Emission} of what is made only when it is wanted, so that nothing waits: whoever has
 * something new calls {@link #wake}, and {@link #next} is asked for it.
 */
public abstract class Outlet<T> extends Emission<T> {
  private volatile @Nullable End end;

  /** How it ends: with {@code why}, if not well. */
  private record End(@Nullable Throwable why) {}

  /** A subscription that {@code subscriber} does not know of yet. */
  protected Outlet(Subscriber<? super T> subscriber) {
    super(subscriber);
  }

  /**
   * What the subscriber, who wants it, is told next; nothing if there is nothing yet. Called by one
   * thread at a time.
   */
  protected abstract @Nullable T next();

  /** Whether {@link #next} would say nothing. */
  protected abstract boolean isEmpty();

  /** Ends, with {@code why} if not well, once all was said that there is. */
  public final void end(@Nullable Throwable why) {
    if (end == null) {
      end = new End(why);
    }
    // What there is still comes before the end, and may be wanted already.
    wake();
    endIfEmpty();
  }

  @Override
  protected final void onWanted() {
    T value = next();
    if (value != null) {
      offer(value);
    }
    endIfEmpty();
  }

  private void endIfEmpty() {
    End how = end;
    if (how == null || !isEmpty()) {
      return;
    }
    if (how.why() == null) {
      complete();
    } else {
      fail(how.why());
    }
  }
}
