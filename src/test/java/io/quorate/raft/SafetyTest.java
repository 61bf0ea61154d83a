package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole groups under a hostile network and disk, from seeds. Each run checks after every step what
 * figure 3 of the Raft paper promises, and afterwards, when all faults have healed, that the group
 * goes on. {@code -DraftSeeds=n} runs that many of each row, {@code -DraftSeed=s} only one.
 */
class SafetyTest {
  private static final int SEEDS = Integer.getInteger("raftSeeds", 200);

  @ParameterizedTest
  @CsvSource({"3,true,false", "5,true,false", "3,false,true", "5,true,true", "4,true,true"})
  void keepsThePromisesOfFigure3(int members, boolean preVote, boolean reconfigures) {
    Long only = Long.getLong("raftSeed");
    RandomCluster.Faults seen = new RandomCluster.Faults();
    for (long seed = 1; seed <= SEEDS; seed++) {
      long chosen = only != null ? only : seed;
      try {
        new RandomCluster(chosen, members, preVote, reconfigures, seen).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "seed " + chosen + " of " + members + " members: " + e.getMessage(), e);
      }
      if (only != null) {
        return;
      }
    }
    assertThat(seen.never(reconfigures)).as("faults that never took effect").isEmpty();
  }

  @Test
  void aSoleVoterSurvivesCrashes() {
    RandomCluster.Faults seen = new RandomCluster.Faults();
    for (long seed = 1; seed <= SEEDS; seed++) {
      new RandomCluster(seed, 1, true, false, seen).run();
    }
  }
}
