package io.quorate.chaos.workload;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Step;
import io.quorate.client.ClientException;
import io.quorate.client.recipe.Mutex;
import io.quorate.client.recipe.RecipeException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/**
 * Takes a lock, writes under it what counts only as long as the lock is held, and gives it back.
 */
final class LockWorkload implements Workload {
  private static final Duration TTL = Duration.ofSeconds(5);
  private static final Duration WITHIN = Duration.ofSeconds(5);
  private static final int LOCKS = 2;
  private static final int WRITES_MAX = 4;

  private final Caller caller;
  private final RandomGenerator luck;
  private long count;

  LockWorkload(Caller caller, RandomGenerator luck) {
    this.caller = caller;
    this.luck = luck;
  }

  @Override
  public void step() {
    String lock = "lock/" + luck.nextInt(LOCKS);
    try {
      Mutex.Held held =
          Mutex.of(caller.client(), lock, TTL).acquire(WITHIN).toCompletableFuture().join();
      hold(lock, held);
      held.release().toCompletableFuture().join();
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof ClientException)
          && !(e.getCause() instanceof RecipeException)) {
        throw e;
      }
    }
  }

  /** From when the lock is there until it is no longer counted on, whichever way that comes. */
  private void hold(String lock, Mutex.Held held) {
    tell(lock, held.fence(), true);
    AtomicBoolean isOver = new AtomicBoolean();
    Runnable over =
        () -> {
          if (isOver.compareAndSet(false, true)) {
            tell(lock, held.fence(), false);
          }
        };
    held.lost().thenRun(over);
    int writes = 1 + luck.nextInt(WRITES_MAX);
    for (int i = 0; i < writes && held.isHeld(); i++) {
      Guard guard = new Guard(held.key().utf8(), Guard.Field.CREATED, Long.toString(held.fence()));
      String value = held.fence() + "." + caller.name() + "." + count++;
      caller.ask(Request.when(guard, new Step.Write("locked/" + lock, value, 0)));
    }
    over.run();
  }

  private void tell(String lock, long fence, boolean isHeld) {
    Recorder recorder = caller.recorder();
    recorder.tell(new Fact.LockTold(recorder.now(), caller.name(), lock, fence, isHeld));
  }
}
