package io.quorate.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.embedded.Keys;
import io.quorate.embedded.Quorate;
import org.junit.jupiter.api.Test;

@QuorateTest
class CounterTest {
  @Test
  void valueIsThere(Quorate quorate) {
    try (Keys keys = new Keys(quorate.endpoints().get(0))) {
      keys.put("counter", "1");
      assertThat(keys.get("counter")).containsExactly("1");
    }
  }
}
