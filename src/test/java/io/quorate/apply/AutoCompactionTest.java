package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Simulated time: a look at each pace, and one new revision a minute from revision 1 on. */
class AutoCompactionTest {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
  private static final long START = Long.MAX_VALUE - 90 * MINUTE;

  private long now = START;
  private boolean leads = true;

  /** The look at {@code minute} asked for a compaction at {@code revision}. */
  private record Asked(long minute, long revision) {}

  private static AutoCompaction.Policy periodic(long minutes) {
    return new AutoCompaction.Policy(AutoCompaction.Mode.PERIODIC, minutes * MINUTE);
  }

  private static AutoCompaction.Policy revisions(long kept) {
    return new AutoCompaction.Policy(AutoCompaction.Mode.REVISION, kept);
  }

  private long minute() {
    return (now - START) / MINUTE;
  }

  private long revision() {
    return 1 + minute();
  }

  private List<Asked> run(AutoCompaction compaction, long minutes) {
    List<Asked> asked = new ArrayList<>();
    for (long end = minute() + minutes; minute() < end; ) {
      now += compaction.paceNanos();
      long due = compaction.look(now, revision(), leads);
      if (due != AutoCompaction.NOTHING) {
        asked.add(new Asked(minute(), due));
        compaction.done(due, now);
      }
    }
    return asked;
  }

  @Test
  void compactsAfterOneRetentionAndThenEachHour() {
    AutoCompaction compaction = new AutoCompaction(periodic(120), now, revision());
    assertThat(compaction.paceNanos()).isEqualTo(6 * MINUTE);
    // At 180 the oldest of the 21 looks that are kept was taken at 54.
    assertThat(run(compaction, 240))
        .containsExactly(new Asked(120, 1), new Asked(180, 55), new Asked(240, 115));
  }

  @Test
  void looksTenTimesAnIntervalThatIsShorterThanAnHour() {
    AutoCompaction compaction = new AutoCompaction(periodic(10), now, revision());
    assertThat(compaction.paceNanos()).isEqualTo(MINUTE);
    assertThat(run(compaction, 30))
        .containsExactly(new Asked(10, 1), new Asked(20, 10), new Asked(30, 20));
  }

  @Test
  void roundsAPaceUpThatIsTooFineForTimers() {
    AutoCompaction.Policy policy = new AutoCompaction.Policy(AutoCompaction.Mode.PERIODIC, 5);
    assertThat(new AutoCompaction(policy, now, 1).paceNanos())
        .isEqualTo(TimeUnit.MILLISECONDS.toNanos(10));
  }

  @Test
  void triesAgainAtTheNextLookWhatFailed() {
    AutoCompaction compaction = new AutoCompaction(periodic(10), now, revision());
    run(compaction, 9);
    now += MINUTE;
    assertThat(compaction.look(now, 11, true)).isEqualTo(1);
    now += MINUTE;
    assertThat(compaction.look(now, 12, true)).isEqualTo(1);
    now += MINUTE;
    assertThat(compaction.look(now, 13, true)).as("the window has moved on").isEqualTo(2);
  }

  @Test
  void followersLookButDoNotCompact() {
    AutoCompaction compaction = new AutoCompaction(periodic(10), now, revision());
    leads = false;
    assertThat(run(compaction, 60)).isEmpty();
    leads = true;
    assertThat(run(compaction, 1)).containsExactly(new Asked(61, 51));
  }

  @Test
  void doesNotCompactTwiceAtOneRevision() {
    AutoCompaction compaction = new AutoCompaction(periodic(10), now, 7);
    int asked = 0;
    for (int i = 0; i < 100; i++) {
      now += compaction.paceNanos();
      long due = compaction.look(now, 7, true);
      if (due != AutoCompaction.NOTHING) {
        assertThat(due).isEqualTo(7);
        asked++;
        compaction.done(due, now);
      }
    }
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void keepsTheLastRevisions() {
    AutoCompaction compaction = new AutoCompaction(revisions(12), now, revision());
    assertThat(compaction.paceNanos()).isEqualTo(5 * MINUTE);
    assertThat(run(compaction, 25))
        .containsExactly(new Asked(15, 4), new Asked(20, 9), new Asked(25, 14));
    assertThat(compaction.look(now, revision(), true))
        .as("nothing was written since")
        .isEqualTo(AutoCompaction.NOTHING);
  }

  @Test
  void neverAsksBelowTheFirstRevision() {
    AutoCompaction compaction = new AutoCompaction(revisions(1000), now, revision());
    assertThat(run(compaction, 900)).isEmpty();
  }

  @Test
  void refusesToRunSwitchedOff() {
    assertThatThrownBy(() -> new AutoCompaction(AutoCompaction.Policy.OFF, now, 1))
        .hasMessageContaining("without a retention");
  }
}
