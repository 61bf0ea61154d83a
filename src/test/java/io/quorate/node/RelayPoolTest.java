package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import scala.concurrent.package$;

class RelayPoolTest {
  private static final int SECONDS_MAX = 10;

  private final List<RelayPool> pools = new ArrayList<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  private RelayPool pool(int workers) {
    return pool(workers, 0);
  }

  private RelayPool pool(int awakeMax, int spare) {
    RelayPool pool =
        new RelayPool(
            awakeMax,
            spare,
            task -> {
              Thread thread = new Thread(task);
              thread.setUncaughtExceptionHandler((where, failure) -> failures.add(failure));
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

  private static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
  }

  @Test
  void chainOfTasksStaysOnItsThread() {
    RelayPool pool = pool(3);
    CompletableFuture<List<Thread>> done = new CompletableFuture<>();
    List<Thread> seen = new ArrayList<>();
    pool.execute(() -> step(pool, seen, 100, done));
    assertThat(get(done)).hasSize(100).containsOnly(seen.get(0));
  }

  private static void step(
      RelayPool pool, List<Thread> seen, int left, CompletableFuture<List<Thread>> done) {
    if (left == 0) {
      done.complete(seen);
      return;
    }
    seen.add(Thread.currentThread());
    pool.execute(() -> step(pool, seen, left - 1, done));
  }

  @Test
  void secondThingHandedOnWaitsWithTheFirstAndTheThirdWakesAnother() {
    RelayPool pool = pool(2);
    CompletableFuture<Integer> third = new CompletableFuture<>();
    CompletableFuture<List<String>> before = new CompletableFuture<>();
    ConcurrentLinkedQueue<String> ran = new ConcurrentLinkedQueue<>();
    pool.execute(
        () -> {
          pool.execute(() -> ran.add("first"));
          pool.execute(() -> ran.add("second"));
          pool.execute(() -> third.complete(0));
          get(third);
          before.complete(List.copyOf(ran));
        });
    assertThat(get(before)).doesNotContain("first");
    CompletableFuture<Integer> behind = new CompletableFuture<>();
    pool.execute(() -> behind.complete(0));
    get(behind);
  }

  @Test
  void secondThingWakesNobody() {
    RelayPool pool = pool(2);
    CompletableFuture<List<Thread>> threads = new CompletableFuture<>();
    List<Thread> seen = new CopyOnWriteArrayList<>();
    Runnable each = () -> seen.add(Thread.currentThread());
    Runnable last =
        () -> {
          each.run();
          threads.complete(seen);
        };
    pool.execute(
        () -> {
          each.run();
          pool.execute(each);
          pool.execute(last);
        });
    assertThat(get(threads)).hasSize(3).containsOnly(seen.get(0));
  }

  @Test
  void whoBlocksLeavesWhatItHasHandedOnToOthers() {
    RelayPool pool = pool(1, 1);
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> second = new CompletableFuture<>();
    CompletableFuture<Integer> done = new CompletableFuture<>();
    pool.execute(
        () -> {
          pool.execute(() -> first.complete(1));
          pool.execute(() -> second.complete(2));
          done.complete(blocking(() -> get(first) + get(second)));
        });
    assertThat(get(done)).isEqualTo(3);
  }

  @Test
  void anotherPollsWhileOneBlocks() {
    RelayPool pool = pool(1, 1);
    CompletableFuture<Integer> polled = new CompletableFuture<>();
    CompletableFuture<Integer> done = new CompletableFuture<>();
    pool.execute(
        () -> {
          pool.poller().execute(() -> polled.complete(1));
          done.complete(blocking(() -> get(polled)));
        });
    assertThat(get(done)).isEqualTo(1);
  }

  @Test
  void taskThatComesWhileOneBlocksWakesASpareOne() throws InterruptedException {
    RelayPool pool = pool(1, 1);
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Integer> other = new CompletableFuture<>();
    CompletableFuture<Integer> done = new CompletableFuture<>();
    pool.execute(
        () ->
            done.complete(
                blocking(
                    () -> {
                      begun.countDown();
                      return get(other);
                    })));
    begun.await();
    pool.execute(() -> other.complete(1));
    assertThat(get(done)).isEqualTo(1);
  }

  private static <T> T blocking(Supplier<T> body) {
    try {
      return package$.MODULE$.blocking(body::get);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void noMoreWorkThanAllowedButForUrgentTasks() throws InterruptedException {
    RelayPool pool = pool(1, 1);
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Integer> urgent = new CompletableFuture<>();
    CompletableFuture<List<String>> before = new CompletableFuture<>();
    ConcurrentLinkedQueue<String> ran = new ConcurrentLinkedQueue<>();
    CountDownLatch put = new CountDownLatch(1);
    CountDownLatch ordinary = new CountDownLatch(1);
    pool.execute(
        () -> {
          begun.countDown();
          await(put);
          before.complete(List.copyOf(ran));
          get(urgent);
        });
    begun.await();
    pool.execute(
        () -> {
          ran.add("ordinary");
          ordinary.countDown();
        });
    put.countDown();
    assertThat(get(before)).isEmpty();
    pool.urgent().execute(() -> urgent.complete(1));
    await(ordinary);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void urgentTasksAndOthersTakeTurns() {
    RelayPool pool = pool(1);
    ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
    CompletableFuture<Integer> done = new CompletableFuture<>();
    pool.execute(
        () -> {
          pool.execute(() -> order.add("handed on"));
          for (int i = 0; i < 3; i++) {
            pool.execute(() -> order.add("other"));
          }
          pool.execute(() -> done.complete(0));
          for (int i = 0; i < 2; i++) {
            pool.urgent().execute(() -> order.add("urgent"));
          }
        });
    get(done);
    assertThat(order).containsExactly("handed on", "urgent", "other", "urgent", "other", "other");
  }

  @Test
  void tasksFromOutsideRunBesideOneThatBlocks() {
    RelayPool pool = pool(2);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<Boolean> released = new CompletableFuture<>();
    pool.execute(
        () -> {
          try {
            released.complete(release.await(SECONDS_MAX, TimeUnit.SECONDS));
          } catch (InterruptedException e) {
            released.completeExceptionally(e);
          }
        });
    pool.execute(release::countDown);
    assertThat(get(released)).isTrue();
  }

  @Test
  void endlessChainLetsOthersIn() {
    RelayPool pool = pool(1);
    CompletableFuture<Integer> steps = new CompletableFuture<>();
    AtomicInteger count = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(1);
    Runnable chain =
        new Runnable() {
          @Override
          public void run() {
            begun.countDown();
            count.incrementAndGet();
            if (!steps.isDone()) {
              pool.execute(this);
            }
          }
        };
    pool.execute(
        () -> {
          pool.execute(chain);
          // The next place is taken, so this one waits in the queue.
          pool.execute(() -> steps.complete(count.get()));
        });
    assertThat(get(steps)).isLessThanOrEqualTo(RelayPool.RELAYS_MAX);
  }

  @Test
  void failureEndsTheTaskAndNotTheWorker() {
    RelayPool pool = pool(1);
    IllegalStateException failure = new IllegalStateException("x");
    pool.execute(
        () -> {
          throw failure;
        });
    CompletableFuture<Integer> after = new CompletableFuture<>();
    pool.execute(() -> after.complete(1));
    get(after);
    assertThat(failures).containsExactly(failure);
  }

  @Test
  void everyTaskRunsOnceWhoeverPutsIt() throws InterruptedException {
    RelayPool pool = pool(3);
    int givers = 4;
    int rounds = 5_000;
    CountDownLatch left = new CountDownLatch(givers * rounds * 3);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < givers; i++) {
      threads.add(
          new Thread(
              () -> {
                for (int round = 0; round < rounds; round++) {
                  pool.execute(
                      () -> {
                        left.countDown();
                        pool.execute(left::countDown);
                        pool.execute(left::countDown);
                      });
                  if (round % 64 == 0) {
                    // So that the workers fall asleep now and then.
                    Thread.yield();
                  }
                }
              }));
    }
    threads.forEach(Thread::start);
    assertThat(left.await(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void taskThatComesAsTheLastWorkerFallsAsleepIsNotLeft() {
    RelayPool pool = pool(1);
    AtomicInteger ran = new AtomicInteger();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    for (int i = 1; i <= 200_000; i++) {
      pool.execute(ran::incrementAndGet);
      while (ran.get() != i && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      assertThat(ran).hasValue(i);
    }
  }

  @Test
  void shutdownRunsWhatWaitsAndTakesNoMore() throws InterruptedException {
    RelayPool pool = pool(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger ran = new AtomicInteger();
    pool.execute(
        () -> {
          try {
            release.await();
          } catch (InterruptedException e) {
            failures.add(e);
          }
        });
    pool.execute(ran::incrementAndGet);
    pool.shutdown();
    assertThatThrownBy(() -> pool.execute(ran::incrementAndGet))
        .isInstanceOf(RejectedExecutionException.class);
    assertThat(pool.isTerminated()).isFalse();
    release.countDown();
    assertThat(pool.awaitTermination(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).hasValue(1);
  }

  @Test
  void shutdownNowGivesBackWhatNobodyBegan() throws InterruptedException {
    RelayPool pool = pool(1);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    pool.execute(
        () -> {
          begun.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            failures.add(e);
          }
        });
    Runnable waiting = () -> failures.add(new AssertionError("ran"));
    begun.await();
    pool.execute(waiting);
    assertThat(pool.shutdownNow()).containsExactly(waiting);
    release.countDown();
    assertThat(pool.awaitTermination(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    assertThat(failures).isEmpty();
  }

  @Test
  void taskThatPollsWaitsUntilNothingElseIsToBeDone() {
    RelayPool pool = pool(1);
    ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
    CompletableFuture<Integer> done = new CompletableFuture<>();
    pool.execute(
        () -> {
          pool.poller()
              .execute(
                  () -> {
                    order.add("poll");
                    done.complete(0);
                  });
          pool.execute(() -> order.add("handed on"));
          pool.execute(() -> order.add("queued"));
        });
    get(done);
    assertThat(order).containsExactly("handed on", "queued", "poll");
  }

  @Test
  void whoPollsGoesOnWithWhatItFinds() {
    RelayPool pool = pool(2);
    CompletableFuture<Thread> polled = new CompletableFuture<>();
    CompletableFuture<Thread> next = new CompletableFuture<>();
    pool.poller()
        .execute(
            () -> {
              polled.complete(Thread.currentThread());
              pool.execute(() -> next.complete(Thread.currentThread()));
            });
    assertThat(get(next)).isSameAs(get(polled));
  }

  @Test
  void tasksRunBesideOneThatPolls() throws InterruptedException {
    RelayPool pool = pool(2);
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Integer> ready = new CompletableFuture<>();
    CompletableFuture<Integer> found = new CompletableFuture<>();
    pool.poller()
        .execute(
            () -> {
              begun.countDown();
              found.complete(get(ready));
            });
    assertThat(begun.await(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    pool.execute(() -> pool.execute(() -> ready.complete(1)));
    assertThat(get(found)).isEqualTo(1);
  }

  @Test
  void pollsHaveTheirTurnWhileThereIsAlwaysAnotherTask() {
    RelayPool pool = pool(1);
    CompletableFuture<Integer> polled = new CompletableFuture<>();
    AtomicInteger tasks = new AtomicInteger();
    Runnable busy =
        new Runnable() {
          @Override
          public void run() {
            tasks.incrementAndGet();
            if (!polled.isDone()) {
              // The first place is taken, so both go on for ever: one handed on, one queued.
              pool.execute(this);
            }
          }
        };
    pool.execute(
        () -> {
          pool.poller().execute(() -> polled.complete(tasks.get()));
          pool.execute(busy);
          pool.execute(busy);
        });
    assertThat(get(polled))
        .isLessThanOrEqualTo((RelayPool.RELAYS_MAX + 1) * (RelayPool.TASKS_BETWEEN_POLLS + 1));
  }

  @Test
  void chainWithoutEndLetsPollsIn() {
    RelayPool pool = pool(2);
    CompletableFuture<Integer> polled = new CompletableFuture<>();
    Runnable chain =
        new Runnable() {
          @Override
          public void run() {
            if (!polled.isDone()) {
              pool.execute(this);
            }
          }
        };
    pool.execute(chain);
    pool.poller().execute(() -> polled.complete(1));
    get(polled);
  }

  @Test
  void refusesPollsAfterItsEnd() {
    RelayPool pool = pool(1);
    pool.shutdown();
    assertThatThrownBy(() -> pool.poller().execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }
}
