package io.quorate.compat.junit5;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quorate.embedded.QuorateOptions;
import io.quorate.junit.QuorateExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RegisteredTest {
  @RegisterExtension
  static final QuorateExtension QUORATE =
      QuorateExtension.of(QuorateOptions.defaults().withMembers(3));

  @Test
  void threeMembersAnswer() throws Exception {
    assertEquals(3, QUORATE.quorate().endpoints().size());
    for (var endpoint : QUORATE.quorate().endpoints()) {
      AnnotatedTest.answers(endpoint);
    }
  }
}
