package io.quorate.node;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * Keeps bulk work in steps from taking what writes need: after some work comes a pause that is
 * longer than the work was. Where the machine is busy the work takes longer, and so do the pauses.
 * One step at a time.
 */
final class Pace {
  /** How much longer pauses are than work: it takes at most a sixth of a processor. */
  private static final int PAUSE_FACTOR = 5;

  /** Shorter pauses are put together, since timers are coarse. */
  private static final long PAUSE_NANOS_MIN = Duration.ofMillis(20).toNanos();

  /** The longest pause: a step that was held up by something else is not paid for in full. */
  private static final long PAUSE_NANOS_MAX = Duration.ofMillis(500).toNanos();

  private final LongSupplier nanoTime;
  private final BiConsumer<Duration, Runnable> timer;
  private long owedNanos;

  /** A pace by {@code nanoTime}, of the kind of {@link System#nanoTime}. */
  Pace(LongSupplier nanoTime, BiConsumer<Duration, Runnable> timer) {
    this.nanoTime = nanoTime;
    this.timer = timer;
  }

  /** A pace by the clock and the scheduler of {@code system}. */
  static Pace of(ActorSystem<?> system) {
    return new Pace(
        System::nanoTime,
        (pause, task) -> system.scheduler().scheduleOnce(pause, task, system.executionContext()));
  }

  /** Does {@code step} now; done when the next one may follow. Throws what the step throws. */
  <T> CompletionStage<T> run(Supplier<T> step) {
    long begun = nanoTime.getAsLong();
    T result = step.get();
    owedNanos += (nanoTime.getAsLong() - begun) * PAUSE_FACTOR;
    if (owedNanos < PAUSE_NANOS_MIN) {
      return CompletableFuture.completedFuture(result);
    }
    Duration pause = Duration.ofNanos(Math.min(owedNanos, PAUSE_NANOS_MAX));
    owedNanos = 0;
    CompletableFuture<T> later = new CompletableFuture<>();
    timer.accept(pause, () -> later.complete(result));
    return later;
  }
}
