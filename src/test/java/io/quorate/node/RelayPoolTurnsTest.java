package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Who goes on while one blocks, polls or takes long, and whose turn it is. */
class RelayPoolTurnsTest extends RelayPools {
  @Test
  void whoBlocksLeavesWhatItHasHandedOnToOthers() {
    RelayPool pool = pool(1, 1);
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> second = new CompletableFuture<>();
    int sum =
        within(
            pool,
            () -> {
              pool.execute(() -> first.complete(1));
              pool.execute(() -> second.complete(2));
              return blocking(() -> get(first) + get(second));
            });
    assertThat(sum).isEqualTo(3);
  }

  @Test
  void urgentTaskThatWaitsBehindALongOneIsDoneMeanwhile() {
    RelayPool pool = quietPool(1, 1);
    CompletableFuture<Integer> urgent = new CompletableFuture<>();
    CompletableFuture<Integer> done = new CompletableFuture<>();
    pool.execute(
        () -> {
          pool.execute(() -> RelayPool.atLength(() -> done.complete(get(urgent))));
          pool.urgent().execute(() -> pool.urgent().execute(() -> urgent.complete(1)));
        });
    assertThat(get(done)).isEqualTo(1);
  }

  @Test
  void whatIsHandedOnWhileOneBlocksIsDoneMeanwhile() {
    RelayPool pool = quietPool(1, 1);
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> second = new CompletableFuture<>();
    Supplier<Integer> sum =
        () -> {
          pool.execute(() -> first.complete(1));
          pool.urgent().execute(() -> second.complete(2));
          return get(first) + get(second);
        };
    assertThat(within(pool, () -> blocking(sum))).isEqualTo(3);
  }

  @Test
  void whoTakesLongerPassesUrgentTasksOn() {
    RelayPool pool = quietPool(1, 1);
    CompletableFuture<Integer> urgent = new CompletableFuture<>();
    int one =
        within(
            pool,
            () -> {
              pool.urgent().execute(() -> urgent.complete(1));
              RelayPool.passOn();
              return get(urgent);
            });
    assertThat(one).isEqualTo(1);
  }

  @Test
  void urgentTaskTakesThePlaceOfAnother() {
    RelayPool pool = quietPool(2, 0);
    ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
    CompletableFuture<Integer> done = new CompletableFuture<>();
    pool.execute(
        () -> {
          pool.execute(
              () -> {
                order.add("other");
                done.complete(0);
              });
          pool.urgent().execute(() -> order.add("urgent"));
        });
    get(done);
    assertThat(order).containsExactly("urgent", "other");
  }

  @Test
  void urgentTaskStaysUrgentWhereverItHasToWait() {
    RelayPool pool = pool(1);
    ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
    CompletableFuture<Integer> done = new CompletableFuture<>();
    pool.execute(
        () -> {
          pool.urgent().execute(() -> order.add("urgent"));
          for (int i = 0; i < 3; i++) {
            pool.execute(() -> order.add("other"));
          }
          pool.execute(() -> done.complete(0));
          RelayPool.passOn();
        });
    get(done);
    assertThat(order).containsExactly("urgent", "other", "other", "other");
  }

  @Test
  void whoPollsInBetweenLeavesTheRestToOthers() {
    RelayPool pool = quietPool(2, 0);
    CompletableFuture<Integer> second = new CompletableFuture<>();
    CompletableFuture<Integer> polled = new CompletableFuture<>();
    Runnable busy =
        new Runnable() {
          private int left = RelayPool.TASKS_BETWEEN_POLLS;

          @Override
          public void run() {
            left--;
            if (left > 0) {
              // One is handed on and the other one waits, so that each turn takes from the queue.
              pool.execute(() -> {});
              pool.execute(this);
            } else {
              pool.execute(() -> {});
              pool.execute(() -> second.complete(1));
            }
          }
        };
    pool.execute(
        () -> {
          pool.poller().execute(() -> polled.complete(get(second)));
          busy.run();
        });
    assertThat(get(polled)).isEqualTo(1);
  }

  @Test
  void anotherPollsWhileOneBlocks() {
    RelayPool pool = pool(1, 1);
    CompletableFuture<Integer> polled = new CompletableFuture<>();
    int one =
        within(
            pool,
            () -> {
              pool.poller().execute(() -> polled.complete(1));
              return blocking(() -> get(polled));
            });
    assertThat(one).isEqualTo(1);
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

  @Test
  void noMoreWorkThanAllowedButForUrgentTasks() throws InterruptedException {
    RelayPool pool = quietPool(1, 1);
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

  @Test
  void urgentTasksAndOthersTakeTurns() {
    RelayPool pool = pool(1);
    ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
    CompletableFuture<Integer> done = new CompletableFuture<>();
    pool.execute(
        () -> {
          // The first one is handed on, the others wait.
          for (int i = 0; i < 3; i++) {
            pool.urgent().execute(() -> order.add("urgent"));
          }
          for (int i = 0; i < 3; i++) {
            pool.execute(() -> order.add("other"));
          }
          pool.execute(() -> done.complete(0));
        });
    get(done);
    assertThat(order).containsExactly("urgent", "urgent", "other", "urgent", "other", "other");
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
  void tasksRunBesideOneThatPolls() {
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
    await(begun);
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
