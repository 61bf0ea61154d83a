package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlotTest {
  private static final Plot PLOT = new Plot(new TimeAxis(0, 40, 4), 1, 4, 0, 100, 0, 10);

  @Test
  void leavesOutWhereThereIsNoNumber() {
    double[] numbers = {1, Double.NaN, 5, 10};
    assertThat(PLOT.line(i -> numbers[i])).isEqualTo("M0 90H10M20 50H30L30 0H40");
  }

  @Test
  void drawsAreasOnlyWhereThereIsSomething() {
    double[] numbers = {0, 5, 0, 0};
    assertThat(PLOT.area(i -> 0, i -> numbers[i])).isEqualTo("M10 50H20L20 100H10Z");
  }

  @Test
  void scalesEndAtRoundNumbers() {
    assertThat(Load.niceAbove(1)).isEqualTo(1);
    assertThat(Load.niceAbove(1001)).isEqualTo(2000);
    assertThat(Load.niceAbove(830)).isEqualTo(1000);
    assertThat(Load.power(4)).isEqualTo("10 µs");
    assertThat(Load.power(10)).isEqualTo("10 s");
  }
}
