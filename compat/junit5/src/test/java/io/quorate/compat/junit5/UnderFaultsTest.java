package io.quorate.compat.junit5;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quorate.chaos.junit.Chaos;
import io.quorate.chaos.junit.ChaosTest;
import io.quorate.chaos.nemesis.Kind;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@ChaosTest(members = 1, faults = Kind.KILL_LEADER)
class UnderFaultsTest {
  @Nested
  class Inner {
    @Test
    void answersAfterItWasKilled(Chaos chaos) throws Exception {
      chaos.awaitFaults(1, Duration.ofMinutes(2));
      chaos.rest();
      assertEquals("kill-leader", chaos.done().get(0).kind());
      AnnotatedTest.answers(URI.create(chaos.endpoints().get(0)));
    }
  }
}
