package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CompactionHoldTest {
  private long seconds;
  private final CompactionHold hold =
      new CompactionHold(() -> seconds * 1_000_000_000L, Duration.ofSeconds(60));

  @Test
  void holdsBackWhatIsAboveTheReadAndNothingElse() {
    CompactionHold.Hold read = hold.take(5);
    assertThat(hold.mayRemove(5)).isTrue();
    assertThat(hold.mayRemove(6)).isFalse();
    read.close();
    assertThat(hold.mayRemove(6)).isTrue();
    assertThat(hold.size()).isZero();
  }

  @Test
  void breaksAReadOnlyWhenSomethingIsToBeRemoved() {
    CompactionHold.Hold read = hold.take(5);
    seconds = 1000;
    assertThat(read.isBroken()).isFalse();
    assertThat(hold.mayRemove(6)).isTrue();
    assertThat(read.isBroken()).isTrue();
  }

  @Test
  void noCompactionWaitsLongerThanTheBoundHoweverManyReadsFollow() {
    CompactionHold.Hold last = hold.take(5);
    for (seconds = 0; seconds < 60; seconds += 10) {
      last = hold.take(5 + seconds);
      assertThat(hold.mayRemove(1000)).isFalse();
    }
    assertThat(hold.mayRemove(1000)).isTrue();
    assertThat(last.isBroken()).isTrue();
    // The next one has its own time.
    hold.take(1000);
    assertThat(hold.mayRemove(2000)).isFalse();
  }
}
