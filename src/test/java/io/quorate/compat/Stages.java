package io.quorate.compat;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for stages, with a bound. */
final class Stages {
  private static final long WITHIN_SECONDS = 60;

  private Stages() {}

  /** What it completes with. */
  static <T> T get(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("not done within " + WITHIN_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** What it fails with. */
  static Throwable failure(CompletionStage<?> stage) {
    return get(
        stage.handle(
            (done, failure) -> {
              if (failure == null) {
                throw new AssertionError("did not fail, but said " + done);
              }
              return failure;
            }));
  }
}
