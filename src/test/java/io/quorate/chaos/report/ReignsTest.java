package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.report.Reigns.Reign;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReignsTest {
  private static final List<String> THREE = List.of("n1", "n2", "n3");

  @Test
  void needAMajorityForTheSameTerm() {
    List<Fact.Leader> told =
        List.of(
            new Fact.Leader(1, "n1", "n1", 2),
            new Fact.Leader(2, "n2", "n1", 1),
            new Fact.Leader(5, "n3", "n1", 2));
    assertThat(Reigns.of(THREE, told, 10)).containsExactly(new Reign(new Span(5, 10), "n1", 2));
  }

  @Test
  void endWhenTheMajorityKnowsNobody() {
    List<Fact.Leader> told =
        List.of(
            new Fact.Leader(1, "n1", "n1", 2),
            new Fact.Leader(1, "n2", "n1", 2),
            new Fact.Leader(1, "n3", "n1", 2),
            new Fact.Leader(4, "n2", "", 2),
            new Fact.Leader(5, "n3", "", 2),
            new Fact.Leader(7, "n2", "n3", 3),
            new Fact.Leader(8, "n3", "n3", 3));
    assertThat(Reigns.of(THREE, told, 10))
        .containsExactly(new Reign(new Span(1, 5), "n1", 2), new Reign(new Span(8, 10), "n3", 3));
  }

  @Test
  void areNotEndedByMembersThatCameAndWent() {
    List<Fact.Leader> told =
        List.of(
            new Fact.Leader(1, "n4", "n1", 2),
            new Fact.Leader(2, "n5", "n1", 2),
            new Fact.Leader(3, "n6", "n1", 2),
            new Fact.Leader(5, "n1", "n1", 3),
            new Fact.Leader(6, "n2", "n1", 3));
    assertThat(Reigns.of(THREE, told, 10))
        .containsExactly(new Reign(new Span(2, 5), "n1", 2), new Reign(new Span(6, 10), "n1", 3));
  }

  @Test
  void endWhenSomebodyKnowsOfANewerTerm() {
    List<Fact.Leader> told =
        List.of(
            new Fact.Leader(1, "n1", "n1", 2),
            new Fact.Leader(2, "n2", "n1", 2),
            new Fact.Leader(3, "n4", "n4", 3));
    assertThat(Reigns.of(THREE, told, 10)).containsExactly(new Reign(new Span(2, 3), "n1", 2));
  }

  @Test
  void takeWhatWasToldInTheOrderOfTime() {
    List<Fact.Leader> told =
        List.of(new Fact.Leader(6, "n1", "", 2), new Fact.Leader(2, "n1", "n1", 2));
    assertThat(Reigns.of(List.of("n1"), told, 10))
        .containsExactly(new Reign(new Span(2, 6), "n1", 2));
  }
}
