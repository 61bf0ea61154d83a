package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PackingTest {
  @Test
  void usesARowAgainWhenItIsFree() {
    Packing packing = new Packing(2);
    assertThat(packing.place(0, 10)).isZero();
    assertThat(packing.place(5, 20)).isEqualTo(1);
    assertThat(packing.place(10, 30)).isZero();
    assertThat(packing.rows()).isEqualTo(2);
  }

  @Test
  void refusesWhenAllRowsAreFull() {
    Packing packing = new Packing(1);
    packing.place(0, 10);
    assertThat(packing.place(9, 12)).isEqualTo(-1);
    assertThat(packing.rows()).isEqualTo(1);
  }
}
