package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.check.Finding;
import io.quorate.chaos.check.Verdict;
import io.quorate.chaos.history.Fact;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RulingTest {
  private static final Optional<Fact.End> COMPLETE = Optional.of(new Fact.End(1, true, ""));
  private static final Finding HELD = Finding.held("a", 3, "all of it");
  private static final Finding UNKNOWN = Finding.inconclusive("b", "no reason", 0);
  private static final Finding BROKEN = Finding.broken("c", "wrong", 3, List.of());

  private static Verdict verdict(Optional<Fact.End> end, Finding... findings) {
    return Ruling.of(end, List.of(findings)).verdict();
  }

  @Test
  void holdsOnlyIfAllHoldInACompleteRun() {
    assertThat(verdict(COMPLETE, HELD, HELD)).isEqualTo(Verdict.HELD);
    assertThat(verdict(COMPLETE, HELD, UNKNOWN)).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(verdict(COMPLETE)).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(verdict(Optional.empty(), HELD)).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(verdict(Optional.of(new Fact.End(1, false, "a disk was full")), HELD))
        .isEqualTo(Verdict.INCONCLUSIVE);
  }

  @Test
  void isBrokenByOnePromiseHoweverTheRunEnded() {
    assertThat(verdict(COMPLETE, HELD, UNKNOWN, BROKEN)).isEqualTo(Verdict.BROKEN);
    assertThat(verdict(Optional.empty(), BROKEN, HELD)).isEqualTo(Verdict.BROKEN);
  }

  @Test
  void saysWhy() {
    assertThat(Ruling.of(COMPLETE, List.of(HELD, BROKEN, BROKEN)).reason())
        .isEqualTo("c: wrong, and 1 more");
    assertThat(Ruling.of(COMPLETE, List.of(UNKNOWN)).reason()).isEqualTo("b: no reason");
    assertThat(Ruling.of(Optional.of(new Fact.End(1, false, "a disk was full")), List.of(HELD)))
        .extracting(Ruling::reason)
        .isEqualTo("the run was not completed: a disk was full");
    assertThat(Ruling.of(COMPLETE, List.of(HELD, HELD)).reason())
        .isEqualTo("2 promises held in 6 checks");
  }
}
