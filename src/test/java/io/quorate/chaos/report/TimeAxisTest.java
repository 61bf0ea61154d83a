package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.report.TimeAxis.Mark;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimeAxisTest {
  @Test
  void labelsNeverTouch() {
    for (Size size : Size.values()) {
      for (long seconds = 1; seconds < 10_000_000; seconds += 1 + seconds / 7) {
        TimeAxis axis = new TimeAxis(60, size.width() - 10, seconds * SampleRun.SECOND);
        List<Mark> marks = axis.marks(size);
        for (int i = 1; i < marks.size(); i++) {
          double left = axis.x(marks.get(i - 1).at()) + size.widthOf(marks.get(i - 1).label()) / 2;
          double right = axis.x(marks.get(i).at()) - size.widthOf(marks.get(i).label()) / 2;
          assertThat(right).as("%s of %s s", marks.get(i), seconds).isGreaterThan(left + 3);
        }
      }
    }
  }

  @Test
  void hasSeveralMarksInAnyRunOfSomeSeconds() {
    for (Size size : Size.values()) {
      for (long seconds = 5; seconds < 100_000; seconds += 1 + seconds / 5) {
        TimeAxis axis = new TimeAxis(60, size.width() - 10, seconds * SampleRun.SECOND);
        assertThat(axis.marks(size).size()).as("of %s s", seconds).isBetween(3, 40);
      }
    }
  }

  @Test
  void keepsWhatIsOutsideAtTheEdge() {
    TimeAxis axis = new TimeAxis(100, 200, 10);
    assertThat(axis.x(-5)).isEqualTo(100);
    assertThat(axis.x(5)).isEqualTo(150);
    assertThat(axis.x(50)).isEqualTo(200);
  }
}
