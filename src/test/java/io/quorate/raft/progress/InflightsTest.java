package io.quorate.raft.progress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InflightsTest {
  @Test
  void closesByMessagesAndByBytesAndOpensInOrder() {
    Inflights window = new Inflights(3, 100);
    window.add(1, 10);
    window.add(2, 10);
    assertThat(window.isFull()).isFalse();
    window.add(3, 10);
    assertThat(window.isFull()).as("by messages").isTrue();
    window.freeTo(2);
    assertThat(window.count()).isEqualTo(1);
    window.add(4, 90);
    assertThat(window.isFull()).as("by bytes").isTrue();
    window.freeTo(3);
    assertThat(window.room()).isEqualTo(10);
    window.freeTo(9);
    assertThat(window.bytes()).isZero();
  }

  @Test
  void keepsItsOrderWhileItGrows() {
    Inflights window = new Inflights(1000, 1_000_000);
    long freed = 0;
    for (long i = 1; i <= 900; i++) {
      window.add(i, i);
      if (i % 3 == 0) {
        freed += 2;
        window.freeTo(freed);
        assertThat(window.count()).isEqualTo((int) (i - freed));
        assertThat(window.bytes()).isEqualTo(i * (i + 1) / 2 - freed * (freed + 1) / 2);
      }
    }
  }
}
