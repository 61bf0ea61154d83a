package io.quorate.client.recipe;

import io.quorate.client.wire.Answer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a recipe promises. Who cancels it gives up what is under way; as with every answer of the
 * client, a wait for it on a thread of the client is noticed.
 */
final class Promise<T> extends Answer<T> {
  private final Runnable onGivenUp;

  /** {@code onGivenUp} is run once, if it is cancelled or its time is up. */
  Promise(Runnable onGivenUp) {
    this.onGivenUp = onGivenUp;
  }

  /**
   * What {@code made} makes of an answer, which may throw. Fails with the same as the answer: a
   * stage that depends on another one would wrap it.
   */
  static <A, T> Promise<T> of(CompletionStage<A> answer, Function<A, T> made) {
    Promise<T> promise = new Promise<>(() -> answer.toCompletableFuture().cancel(false));
    answer.whenComplete(
        (given, failure) -> {
          if (failure != null) {
            promise.completeExceptionally(unwrapped(failure));
            return;
          }
          try {
            promise.complete(made.apply(given));
          } catch (RuntimeException e) {
            promise.completeExceptionally(e);
          }
        });
    return promise;
  }

  /** What a stage failed with, without what a dependent stage puts round it. */
  static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean isGivenUp = super.cancel(mayInterruptIfRunning);
    if (isGivenUp) {
      onGivenUp.run();
    }
    return isGivenUp;
  }

  /** Fails with {@code why} unless it is done {@code within} that time. Returns itself. */
  Promise<T> failAfter(Duration within, Supplier<RuntimeException> why) {
    CompletableFuture<Void> timer =
        new CompletableFuture<Void>()
            .completeOnTimeout(null, within.toNanos(), TimeUnit.NANOSECONDS);
    var unused =
        timer.thenRunAsync(
            () -> {
              if (completeExceptionally(why.get())) {
                onGivenUp.run();
              }
            });
    // A timer that is cancelled leaves nothing behind in the JVM's one.
    var unusedToo = whenComplete((done, failure) -> timer.cancel(false));
    return this;
  }

  /** Runs {@code work} after {@code millis}, on the common pool of the JVM. */
  static void later(long millis, Runnable work) {
    CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(work);
  }
}
