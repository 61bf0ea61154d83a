package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.check.Finding;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final String REPLAY = "bin/quorate chaos run --seed 7";

  @Test
  void tellsTheVerdictFirstAndThePromisesByWorst() {
    String text = Summary.text(SampleRun.of(7, 60, 3000), SampleRun.broken(), REPLAY);
    assertThat(text)
        .startsWith("A PROMISE WAS BROKEN: every key is linearizable: a read of k0 gave")
        .contains("seed 7, 1 min 00 s", "members 3: n1, n2, n3", "\nregister ", "\nfault ")
        .endsWith("\nagain: " + REPLAY + "\n");
    assertThat(text.indexOf("broken  ")).isLessThan(text.indexOf("inconclusive  ")).isPositive();
    assertThat(text.indexOf("inconclusive  ")).isLessThan(text.indexOf("held  "));
  }

  @Test
  void fitsIntoATerminalWhateverTheRunHolds() {
    List<Fact> facts = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    facts.add(new Fact.Run(1, "\u001b".repeat(90), List.of("\u001b".repeat(90)), Map.of()));
    for (int i = 0; i < 100; i++) {
      String name = "\u001b[2J" + i + "x".repeat(200);
      facts.add(
          new Fact.Operation(
              name + "-0",
              "",
              new Span(i, i + 1),
              Request.of(new Step.Read(name)),
              Outcome.REFUSED,
              Optional.empty(),
              name));
      facts.add(new Fact.Fault(new Span(i, i + 2), name, List.of(name), false, name));
      findings.add(Finding.inconclusive(name, name, 0));
    }
    String text = Summary.text(new History(facts), findings, REPLAY);
    assertThat(text.lines().toList())
        .hasSizeLessThanOrEqualTo(Summary.LINES_MAX)
        .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(Summary.COLUMNS_MAX));
    assertThat(text.chars().filter(each -> each < ' ' && each != '\n')).isEmpty();
  }

  @Test
  void tellsOfARunOfWhichNothingIsKnown() {
    assertThat(Summary.text(new History(List.of()), List.of(), REPLAY))
        .startsWith("INCONCLUSIVE: the run did not come to its end\n")
        .contains("nobody was seen to lead");
  }
}
