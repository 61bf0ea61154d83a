package io.quorate.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DurationsTest {
  private static final Duration ONE = Duration.ofSeconds(3, 5);

  @Test
  void countAsTheDurationsOfJavaDo() {
    assertThat(Durations.times(ONE, 7)).isEqualTo(ONE.multipliedBy(7));
    assertThat(Durations.times(ONE, 0)).isEqualTo(Duration.ZERO);
    assertThat(Durations.part(ONE, 4)).isEqualTo(ONE.dividedBy(4));
    assertThat(Durations.part(ONE.negated(), 4)).isEqualTo(ONE.negated().dividedBy(4));
  }

  @Test
  void refuseWhatDoesNotFit() {
    assertThatThrownBy(() -> Durations.times(Duration.ofDays(365 * 200), 2))
        .isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> Durations.part(ONE, 0)).isInstanceOf(ArithmeticException.class);
  }
}
