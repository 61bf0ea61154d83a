package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import scala.concurrent.Await;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.duration.Duration;
import scala.runtime.BoxedUnit;

class ReplyFutureTest {
  private static final ExecutionContext NOWHERE =
      new ExecutionContext() {
        @Override
        public void execute(Runnable runnable) {
          throw new AssertionError("a hop");
        }

        @Override
        public void reportFailure(Throwable cause) {
          throw new AssertionError(cause);
        }
      };

  private final ReplyFuture<Integer> future = new ReplyFuture<>();
  private final List<Object> seen = new ArrayList<>();

  private void watch(Future<?> watched) {
    watched.onComplete(
        result -> {
          seen.add(result.isSuccess() ? result.get() : result.failed().get().getMessage());
          return BoxedUnit.UNIT;
        },
        NOWHERE);
  }

  @Test
  void runsEveryContinuationOnTheThreadThatCompletes() {
    watch(future);
    watch(future.map(n -> n + 1, NOWHERE));
    watch(future.flatMap(n -> Future.successful(n + 2), NOWHERE));
    assertThat(future.isCompleted()).isFalse();
    assertThat(future.value().isEmpty()).isTrue();
    assertThat(future.success(1)).isTrue();
    assertThat(future.success(5)).isFalse();
    assertThat(seen).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(future.value().get().get()).isEqualTo(1);
  }

  @Test
  void runsLaterContinuationsAtOnce() {
    future.success(1);
    watch(future.map(n -> n + 1, NOWHERE));
    assertThat(seen).containsExactly(2);
  }

  @Test
  void aFaultInAContinuationFailsWhatFollows() {
    future.success(1);
    watch(
        future.map(
            n -> {
              throw new IllegalStateException("x");
            },
            NOWHERE));
    watch(
        future.flatMap(
            n -> {
              throw new IllegalStateException("y");
            },
            NOWHERE));
    assertThat(seen).containsExactly("x", "y");
  }

  @Test
  void canBeAwaited() throws Exception {
    assertThatThrownBy(() -> Await.result(future, Duration.create(1, "ms")))
        .isInstanceOf(TimeoutException.class);
    future.success(7);
    assertThat(Await.result(future, Duration.create(1, "s"))).isEqualTo(7);
  }
}
