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
import org.junit.jupiter.api.Test;

class RelayPoolTest extends RelayPools {
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
    RelayPool pool = quietPool(2, 0);
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
    RelayPool pool = quietPool(2, 0);
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
    for (int i = 1; i <= 200_000; i++) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
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
}
