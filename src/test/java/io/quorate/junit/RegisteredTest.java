package io.quorate.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.embedded.Keys;
import io.quorate.embedded.QuorateOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RegisteredTest {
  @RegisterExtension
  static final QuorateExtension QUORATE =
      QuorateExtension.of(QuorateOptions.defaults().withFlags("--max-txn-ops=1000"));

  @Test
  void nothingIsThereAtFirst() {
    try (Keys keys = new Keys(QUORATE.quorate().endpoints().get(0))) {
      assertThat(keys.get("counter")).isEmpty();
    }
  }
}
