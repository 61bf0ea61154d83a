package io.quorate.compat.junit5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quorate.embedded.Quorate;
import io.quorate.junit.QuorateTest;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;

@QuorateTest(scope = QuorateTest.Scope.METHOD)
class ForEachMethodTest {
  private static final Set<Quorate> SEEN = new HashSet<>();
  private final Quorate ofConstructor;

  ForEachMethodTest(Quorate quorate) {
    ofConstructor = quorate;
  }

  @RepeatedTest(2)
  void isFresh(Quorate quorate) {
    assertSame(ofConstructor, quorate);
    assertTrue(SEEN.add(quorate));
  }

  @AfterAll
  static void allAreClosed() {
    assertEquals(2, SEEN.size());
    SEEN.forEach(quorate -> assertTrue(!quorate.member().isRunning()));
  }
}
