package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PendingCallsTest {
  private final PendingCalls calls = new PendingCalls();
  private final List<Long> looks = new ArrayList<>();

  private final class Call extends PendingCalls.Entry {
    private boolean settled;

    @Override
    boolean isSettled() {
      return settled;
    }

    @Override
    void look(long nowNanos) {
      looks.add(nowNanos);
      if (nowNanos == 13) {
        throw new IllegalStateException("unlucky");
      }
    }

    @Override
    void stop() {
      settled = true;
      calls.remove(this);
    }
  }

  @Test
  void showsEveryCallTheTimeUntilItIsRemoved() {
    List<Call> all = List.of(new Call(), new Call(), new Call());
    all.forEach(calls::add);
    calls.sweep(1);
    calls.remove(all.get(1));
    calls.remove(all.get(1));
    calls.sweep(2);
    assertThat(looks).containsExactly(1L, 1L, 1L, 2L, 2L);
  }

  @Test
  void aCallThatFailsDoesNotHideTheOthers() {
    calls.add(new Call());
    calls.add(new Call());
    calls.sweep(13);
    assertThat(looks).hasSize(2);
  }

  @Test
  void neverHoldsACallThatHasSettledOrIsThere() {
    Call settled = new Call();
    settled.settled = true;
    calls.add(settled);
    assertThat(calls.size()).isZero();
    Call twice = new Call();
    calls.add(twice);
    calls.add(twice);
    assertThat(calls.size()).isEqualTo(1);
  }

  @Test
  void stopsAll() {
    calls.add(new Call());
    calls.add(new Call());
    calls.stop();
    assertThat(calls.size()).isZero();
  }
}
