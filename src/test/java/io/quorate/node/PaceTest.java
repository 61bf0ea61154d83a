package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class PaceTest {
  private final List<Duration> pauses = new ArrayList<>();
  private final List<Runnable> waiting = new ArrayList<>();
  private long millis;
  private final Pace pace =
      new Pace(
          () -> millis * 1_000_000,
          (pause, task) -> {
            pauses.add(pause);
            waiting.add(task);
          });

  private CompletionStage<String> work(int tookMillis) {
    return pace.run(
        () -> {
          millis += tookMillis;
          return "done";
        });
  }

  @Test
  void aPauseIsSeveralTimesAsLongAsTheWork() {
    CompletionStage<String> step = work(30);
    assertThat(pauses).containsExactly(Duration.ofMillis(150));
    assertThat(step.toCompletableFuture()).isNotDone();
    waiting.remove(0).run();
    assertThat(step.toCompletableFuture()).isCompletedWithValue("done");
  }

  @Test
  void shortPausesArePutTogether() {
    for (int step = 0; step < 3; step++) {
      assertThat(work(1).toCompletableFuture()).isDone();
    }
    assertThat(work(1).toCompletableFuture()).isNotDone();
    assertThat(pauses).containsExactly(Duration.ofMillis(20));
    assertThat(work(1).toCompletableFuture()).isDone();
  }

  @Test
  void noPauseIsLongerThanItsBound() {
    work(60_000);
    assertThat(pauses).containsExactly(Duration.ofMillis(500));
    assertThat(work(1).toCompletableFuture()).isDone();
  }
}
