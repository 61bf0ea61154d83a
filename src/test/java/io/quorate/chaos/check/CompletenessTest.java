package io.quorate.chaos.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CompletenessTest {
  private static final Fact BEGIN = new Fact.Run(1, "etcd", List.of("m1"), Map.of());
  private static final Fact END = new Fact.End(9, true, "");

  private static List<Fact> whole(int operations) {
    List<Fact> facts = new ArrayList<>(List.of(BEGIN));
    for (int i = 0; i < operations; i++) {
      facts.add(Told.operation("a 0 10 put x " + i + " -> ok @" + (i + 2)));
    }
    facts.add(new Fact.Fault(new Span(1, 2), "kill", List.of("m1"), true, "gone"));
    facts.add(END);
    return facts;
  }

  private static void assertInconclusive(List<Fact> facts, String promise, String why) {
    List<Finding> findings = new Completeness().check(new History(facts));
    assertThat(findings)
        .filteredOn(each -> each.verdict() != Verdict.HELD)
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
              assertThat(each.promise()).isEqualTo(promise);
              assertThat(each.why()).contains(why);
            });
  }

  @Test
  void acceptsAWholeRun() {
    assertThat(new Completeness().check(new History(whole(Completeness.OPERATIONS_MIN))))
        .extracting(Finding::verdict)
        .containsOnly(Verdict.HELD);
  }

  @Test
  void isNotContentWithAHistoryThatIsCut() {
    List<Fact> facts = whole(100);
    facts.remove(END);
    assertInconclusive(facts, "the run came to its end", "the history is cut");
    facts = whole(100);
    facts.remove(BEGIN);
    assertInconclusive(facts, "the run came to its end", "does not begin");
  }

  @Test
  void isNotContentWithARunThatFailed() {
    List<Fact> facts = whole(100);
    facts.set(facts.size() - 1, new Fact.End(9, false, "never well"));
    assertInconclusive(facts, "the run came to its end", "never well");
  }

  @Test
  void isNotContentWithFewOperations() {
    List<Fact> facts = whole(Completeness.OPERATIONS_MIN - 1);
    assertInconclusive(facts, "clients were answered", "too few");
    facts.add(1, Told.operation("a 0 ? put x unanswered"));
    assertInconclusive(facts, "clients were answered", "too few");
  }

  @Test
  void isNotContentWithoutFaultsThatTookEffect() {
    List<Fact> facts = whole(100);
    facts.removeIf(Fact.Fault.class::isInstance);
    assertInconclusive(facts, "each fault took effect", "there was none");
    facts.add(1, new Fact.Fault(new Span(1, 2), "delay", List.of("m1"), false, "0 chunks"));
    assertInconclusive(facts, "each fault took effect", "0 chunks");
  }

  @Test
  void takesACheckerThatFailsForNoAnswer() {
    Checker failing =
        history -> {
          throw new IllegalStateException("lost its way");
        };
    List<Finding> findings = Checks.all(List.of(failing), new History(whole(100)));
    assertThat(Checks.verdict(findings)).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(findings.get(0).why()).contains("lost its way");
  }

  @Test
  void takesTheWorstOfAllVerdicts() {
    Finding held = Finding.held("a", 1, "a");
    Finding unknown = Finding.inconclusive("b", "b", 1);
    Finding broken = Finding.broken("c", "c", 1, List.of());
    assertThat(Checks.verdict(List.of(held))).isEqualTo(Verdict.HELD);
    assertThat(Checks.verdict(List.of(held, unknown))).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(Checks.verdict(List.of(unknown, broken, held))).isEqualTo(Verdict.BROKEN);
    assertThat(Checks.verdict(List.of())).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(Finding.held("a", 0, "a").verdict()).isEqualTo(Verdict.INCONCLUSIVE);
  }
}
