package io.quorate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReplayGateTest {
  private static final int EVENT_BYTES = 1500;
  private static final int EVENTS = 10;

  @Test
  void letsInAsMuchAsWasTaken() {
    ReplayGate gate = new ReplayGate(6);
    AtomicInteger entered = new AtomicInteger();
    Thread replay = replay(gate, EVENT_BYTES, entered);
    for (int taken = 0; taken <= EVENTS - 3; taken++) {
      int expected = taken + 3;
      await().until(() -> entered.get() == expected);
      if (expected < EVENTS) {
        await().until(() -> replay.getState() == Thread.State.WAITING);
        assertThat(entered).hasValue(expected);
      }
      gate.leave(EVENT_BYTES);
    }
    await().until(() -> !replay.isAlive());
  }

  @Test
  void letsOneEventInThatIsLargerThanTheBound() {
    ReplayGate gate = new ReplayGate(1);
    AtomicInteger entered = new AtomicInteger();
    Thread replay = replay(gate, 1 << 20, entered);
    await().until(() -> entered.get() == 1);
    await().until(() -> replay.getState() == Thread.State.WAITING);
    gate.open();
    await().until(() -> entered.get() == EVENTS);
  }

  private static Thread replay(ReplayGate gate, int bytes, AtomicInteger entered) {
    Thread thread =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < EVENTS; i++) {
                  gate.enter(bytes);
                  entered.incrementAndGet();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
