package io.quorate.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.embedded.Keys;
import io.quorate.embedded.Quorate;
import io.quorate.embedded.QuorateMember;
import org.junit.jupiter.api.Test;

@QuorateTest(members = 3, scope = QuorateTest.Scope.METHOD)
class FailoverTest {
  @Test
  void valueOutlivesTheLeader(Quorate quorate) {
    QuorateMember leader = quorate.leader().orElseThrow();
    try (Keys keys = new Keys(leader.endpoint())) {
      keys.put("counter", "1");
    }
    leader.kill();
    await().until(() -> quorate.leader().isPresent());
    try (Keys keys = new Keys(quorate.leader().orElseThrow().endpoint())) {
      assertThat(keys.get("counter")).containsExactly("1");
    }
    leader.start();
  }
}
