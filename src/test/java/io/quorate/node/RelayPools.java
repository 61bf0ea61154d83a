package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import scala.concurrent.package$;

/** What tests of {@link RelayPool} have in common: pools that end with the test. */
abstract class RelayPools {
  static final int SECONDS_MAX = 10;

  private final List<RelayPool> pools = new ArrayList<>();
  final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  RelayPool pool(int workers) {
    return pool(workers, 0);
  }

  RelayPool pool(int awakeMax, int spare) {
    return pool(awakeMax, spare, new ArrayList<>());
  }

  private RelayPool pool(int awakeMax, int spare, List<Thread> threads) {
    RelayPool pool =
        new RelayPool(
            awakeMax,
            spare,
            task -> {
              Thread thread = new Thread(task);
              thread.setUncaughtExceptionHandler((where, failure) -> failures.add(failure));
              threads.add(thread);
              return thread;
            },
            () -> {});
    pools.add(pool);
    return pool;
  }

  @AfterEach
  void end() throws InterruptedException {
    for (RelayPool pool : pools) {
      pool.shutdown();
      assertThat(pool.awaitTermination(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    }
  }

  static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
  }

  /** What {@code body} gives as a task of {@code pool}. */
  static <T> T within(RelayPool pool, Supplier<T> body) {
    CompletableFuture<T> done = new CompletableFuture<>();
    pool.execute(() -> done.complete(body.get()));
    return get(done);
  }

  /**
   * A pool whose workers have all fallen asleep: one that is about to still takes what it sees, and
   * only then somebody has to be woken for it.
   */
  RelayPool quietPool(int awakeMax, int spare) {
    List<Thread> threads = new ArrayList<>();
    RelayPool pool = pool(awakeMax, spare, threads);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    while (!isQuiet(pool, threads) && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(isQuiet(pool, threads)).isTrue();
    return pool;
  }

  private static boolean isQuiet(RelayPool pool, List<Thread> threads) {
    return pool.awake() == 0
        && threads.stream().allMatch(each -> each.getState() == Thread.State.WAITING);
  }

  static <T> T blocking(Supplier<T> body) {
    try {
      return package$.MODULE$.blocking(body::get);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
