package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.report.Silences.Silence;
import java.util.List;
import org.junit.jupiter.api.Test;

class SilencesTest {
  private static Silences silences(Span asked, long... times) {
    Silences.Times happened = new Silences.Times();
    for (long each : times) {
      happened.add(each);
    }
    return new Silences(happened, asked);
  }

  private static Silence silence(long begin, long end) {
    return new Silence(new Span(begin, end), true);
  }

  @Test
  void countsFromTheBeginningOfAFaultThatFollowsAnAnswer() {
    Silences silences = silences(new Span(0, 1000), 10, 95, 400, 410, 1000);
    assertThat(silences.longestSince(new Span(100, 300))).contains(silence(100, 400));
  }

  @Test
  void countsToItsEndThoughTheFaultIsOver() {
    Silences silences = silences(new Span(0, 1000), 10, 150, 700, 1000);
    assertThat(silences.longestSince(new Span(100, 200))).contains(silence(150, 700));
  }

  @Test
  void leavesOutWhatBeganAfterTheFault() {
    Silences silences = silences(new Span(0, 1000), 100, 110, 190, 210, 990);
    assertThat(silences.longestSince(new Span(100, 200))).contains(silence(110, 190));
  }

  @Test
  void takesAnswersInAnyOrder() {
    Silences silences = silences(new Span(0, 1000), 1000, 700, 10, 150);
    assertThat(silences.longestSince(new Span(100, 200))).contains(silence(150, 700));
  }

  @Test
  void isNotOverIfNobodyWasAnsweredAnyMore() {
    Silences silences = silences(new Span(0, 1000), 10, 90);
    assertThat(silences.longestSince(new Span(100, 200)))
        .contains(new Silence(new Span(100, 1000), false));
  }

  @Test
  void isNothingWhereNobodyAsked() {
    Silences silences = silences(new Span(50, 1000), 60, 1000);
    assertThat(silences.longestSince(new Span(1000, 1200))).isEmpty();
    assertThat(silences.longestSince(new Span(0, 40))).isEmpty();
    assertThat(silences(new Span(0, 0)).longestSince(new Span(0, 10))).isEmpty();
  }

  @Test
  void findsThoseOfALength() {
    Silences silences = silences(new Span(0, 1000), 300, 350, 700);
    assertThat(silences.atLeast(300))
        .containsExactly(
            silence(0, 300), silence(350, 700), new Silence(new Span(700, 1000), false));
  }

  @Test
  void aKindHasTheLongestAndTheMedianOfItsFaults() {
    Silences silences = silences(new Span(0, 1000), 0, 100, 130, 200, 290, 300, 350, 400, 1000);
    List<Fact.Fault> faults =
        List.of(
            new Fact.Fault(new Span(100, 110), "kill", List.of("n1"), true, ""),
            new Fact.Fault(new Span(200, 210), "kill", List.of("n2"), false, ""),
            new Fact.Fault(new Span(300, 330), "kill", List.of("n3"), true, ""),
            new Fact.Fault(new Span(2000, 2010), "late", List.of("n3"), true, ""));
    List<FaultFigures> figures = FaultFigures.of(faults, silences);
    assertThat(figures).extracting(FaultFigures::kind).containsExactly("kill", "late");
    FaultFigures kill = figures.get(0);
    assertThat(kill.count()).isEqualTo(3);
    assertThat(kill.proven()).isEqualTo(2);
    assertThat(kill.nanos()).isEqualTo(50);
    assertThat(kill.longest()).contains(silence(200, 290));
    assertThat(kill.median()).contains(silence(300, 350));
    assertThat(figures.get(1).longest()).isEmpty();
  }
}
