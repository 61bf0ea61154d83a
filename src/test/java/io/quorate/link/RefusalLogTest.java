package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.link.Preface.Refusal;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
  private long now;
  private final RefusalLog log = new RefusalLog(() -> now);

  @Test
  void sameAddressAndReasonAreToldOnceInTenSeconds() {
    try (LogTap tap = new LogTap()) {
      log.refusedHere("a", new RefusedException(Refusal.CLUSTER, "1"));
      log.refusedHere("a", new RefusedException(Refusal.CLUSTER, "2"));
      log.refusedHere("a", new RefusedException(Refusal.MEMBER, "3"));
      log.refusedHere("b", new RefusedException(Refusal.CLUSTER, "4"));
      log.refusedThere("a", new RefusedException(Refusal.CLUSTER, "5"));
      now = RefusalLog.QUIET.toNanos() - 1;
      log.refusedHere("a", new RefusedException(Refusal.CLUSTER, "6"));
      now++;
      log.refusedHere("a", new RefusedException(Refusal.CLUSTER, "7"));
      assertThat(tap.lines())
          .containsExactly(
              "refused a link from a: 1",
              "refused a link from a: 3",
              "refused a link from b: 4",
              "link to a is refused: 5",
              "refused a link from a: 7");
    }
  }

  @Test
  void remembersNoMoreThanItsBound() {
    try (LogTap tap = new LogTap()) {
      RefusedException refused = new RefusedException(Refusal.CLUSTER, "x");
      for (int i = 0; i <= RefusalLog.REMEMBERED_MAX; i++) {
        log.refusedHere("a" + i, refused);
      }
      log.refusedHere("a1", refused);
      assertThat(tap.lines()).hasSize(RefusalLog.REMEMBERED_MAX + 1);
      log.refusedHere("a0", refused);
      assertThat(tap.lines()).hasSize(RefusalLog.REMEMBERED_MAX + 2);
    }
  }
}
