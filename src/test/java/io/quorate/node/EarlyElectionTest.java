package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.raft.HardState;
import io.quorate.raft.LogSource;
import io.quorate.raft.RaftConfig;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RaftLog;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** When a member stands before its time-out, and how often. */
class EarlyElectionTest {
  private static final Duration TICK = Duration.ofMillis(100);

  private final EarlyElection early = new EarlyElection(TICK, new SeededRandom(1));
  private final RaftCore core =
      new RaftCore(
          new RaftConfig(1, 10, 1, true, RaftConfig.Limits.DEFAULT),
          new RaftLog(LogSource.NONE, 1 << 20),
          HardState.INITIAL,
          Membership.of(new TreeSet<>(Set.of(1L, 2L, 3L))),
          0,
          new SeededRandom(1));

  @Test
  void waitsForAQuorumOfLinks() {
    assertThat(early.delay(core)).isNull();
    early.up(3);
    assertThat(early.delay(core)).isBetween(TICK.multipliedBy(2), TICK.multipliedBy(3));
    early.down(3, false, core);
    assertThat(early.delay(core)).isNull();
  }

  @Test
  void givesEachCandidacyTwiceTheTimeOfTheOneBefore() {
    early.up(2);
    assertThat(early.delay(core)).isNotNull();
    for (int millis = 100; millis <= 800; millis *= 2) {
      assertThat(early.again()).isBetween(Duration.ofMillis(millis), Duration.ofMillis(2 * millis));
    }
    assertThat(early.again()).isNull();
  }
}
