package io.quorate.chaos.junit;

import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Step;
import io.quorate.chaos.workload.Caller;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Writes one key again and again in a thread of its own, whatever becomes of it: that a write was
 * answered is how it is seen that a cluster is well. Begun once, closed once.
 */
final class Pulse implements AutoCloseable {
  /** The one key that it writes. */
  static final String KEY = Chaos.PREFIX + "pulse";

  private static final Duration EVERY = Duration.ofMillis(100);

  /** A call ends within some seconds. */
  private static final Duration END_WITHIN = Duration.ofSeconds(30);

  private final Caller caller;
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread thread = new Thread(this::work, "chaos-pulse");

  /** Writes as {@code caller} does. */
  Pulse(Caller caller) {
    this.caller = caller;
    thread.setDaemon(true);
  }

  void begin() {
    thread.start();
  }

  private void work() {
    try {
      for (long i = 0; !over.await(EVERY.toMillis(), TimeUnit.MILLISECONDS); i++) {
        caller.ask(Request.of(new Step.Write(KEY, Long.toString(i), 0)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends it, and waits until nothing of it is under way. */
  @Override
  public void close() {
    over.countDown();
    try {
      thread.join(END_WITHIN.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
