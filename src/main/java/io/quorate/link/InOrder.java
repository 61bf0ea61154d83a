package io.quorate.link;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what it is given one after the other, in the order in which it was given, on the thread of
 * whoever comes when nobody else does. So events that were ordered under a lock are told in that
 * order outside of it.
 */
final class InOrder {
  private static final Logger LOG = LoggerFactory.getLogger(InOrder.class);

  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private boolean busy;

  /** Puts {@code action} behind all others; somebody calls {@link #run} soon. */
  synchronized void add(Runnable action) {
    waiting.add(action);
  }

  /** Runs what waits, unless another thread is at it already. Not to be called under a lock. */
  void run() {
    for (Runnable action = next(true); action != null; action = next(false)) {
      try {
        action.run();
      } catch (RuntimeException e) {
        LOG.error("a listener failed", e);
      }
    }
  }

  private synchronized @Nullable Runnable next(boolean enter) {
    if (enter && busy) {
      return null;
    }
    Runnable action = waiting.poll();
    busy = action != null;
    return action;
  }
}
