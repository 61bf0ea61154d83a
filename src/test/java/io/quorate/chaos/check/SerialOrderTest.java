package io.quorate.chaos.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SerialOrderTest {
  private static final String FITS = "every answer fits the state at its revision";
  private static final String REAL_TIME =
      "nothing is ordered before what had ended before it began";
  private static final String UNIQUE = "every write has one revision of its own";

  private static List<Finding> check(String... lines) {
    return new SerialOrder().check(Told.history(lines));
  }

  private static void assertHeld(String... lines) {
    assertThat(check(lines)).extracting(Finding::verdict).containsOnly(Verdict.HELD);
  }

  /** Exactly this promise is broken, and the evidence is the lines that begin with a star. */
  private static void assertBroken(String promise, String... lines) {
    String[] all = Arrays.stream(lines).map(line -> line.replace("*", "")).toArray(String[]::new);
    List<Fact> needed =
        Arrays.stream(lines)
            .filter(line -> line.startsWith("*"))
            .<Fact>map(line -> Told.operation(line.substring(1)))
            .toList();
    List<Finding> broken =
        check(all).stream().filter(each -> each.verdict() == Verdict.BROKEN).toList();
    assertThat(broken).extracting(Finding::promise).containsExactly(promise);
    assertThat(broken.get(0).evidence()).containsExactlyInAnyOrderElementsOf(needed);
  }

  @Test
  void acceptsAnswersThatFitTheirRevisions() {
    assertHeld(
        "a 0 10 get x -> - @1",
        "a 10 20 put x 1 -> ok @2",
        "b 15 30 put y 2 -> ok @3",
        "a 21 25 get x -> 1 @2 #2",
        "a 40 50 cas x 1 3 -> yes @4",
        "b 41 60 cas x 1 4 -> no @4",
        "b 70 80 get y -> 2 @4 #3",
        "a 70 80 del x -> 1 @5",
        "b 90 95 del x -> 0 @5",
        "b 96 97 cas x - 7 -> yes @6");
  }

  @Test
  void refusesAnAnswerThatIsNotOfItsRevision() {
    assertBroken(
        FITS, "a 0 10 put x 1 -> ok @2", "*a 20 30 put x 2 -> ok @3", "*b 25 40 get x -> 1 @3 #2");
    assertBroken(FITS, "*a 0 10 put x 1 -> ok @2", "*b 5 40 get x -> - @2");
    assertBroken(
        FITS, "a 0 10 put x 1 -> ok @2", "*a 20 30 del x -> 1 @3", "*b 25 40 get x -> 1 @3 #2");
  }

  @Test
  void refusesAComparisonThatDoesNotFitTheStateBefore() {
    assertBroken(
        FITS,
        "a 0 10 put x 1 -> ok @2",
        "*a 20 30 put x 2 -> ok @3",
        "*b 25 40 cas x 1 5 -> yes @4");
    assertBroken(FITS, "*a 0 10 put x 1 -> ok @2", "*b 25 40 cas x 1 5 -> no @2");
    assertBroken(FITS, "*a 0 10 put x 1 -> ok @2", "*b 25 40 cas x - 5 -> yes @3");
  }

  @Test
  void refusesARowThatBecameTwoThings() {
    assertBroken(FITS, "*a 0 10 put x 1 -> ok @2", "*b 5 40 get x -> 7 @2 #2");
  }

  @Test
  void refusesARemovalThatFoundNothing() {
    assertBroken(FITS, "*a 0 10 put x 1 -> ok @2", "*b 20 40 del x -> 0 @2");
  }

  @Test
  void refusesAnAnswerFromBeforeItsQuestion() {
    assertBroken(
        REAL_TIME,
        "a 0 10 put x 1 -> ok @2",
        "*a 20 30 put x 2 -> ok @3",
        "*b 31 40 get x -> 1 @2 #2");
    assertBroken(REAL_TIME, "*a 0 10 put x 1 -> ok @3", "*b 11 20 put y 1 -> ok @2");
  }

  @Test
  void letsOperationsThatOverlapComeInAnyOrder() {
    assertHeld("a 0 30 put x 1 -> ok @3", "b 10 40 put x 2 -> ok @2", "c 15 18 get x -> 2 @2 #2");
  }

  @Test
  void refusesTwoWritesAtOneRevision() {
    assertBroken(UNIQUE, "*a 0 30 put x 1 -> ok @2", "*b 10 40 put y 2 -> ok @2");
  }

  @Test
  void refusesAWriteThatWasDoneTwice() {
    List<Fact> facts = new ArrayList<>();
    facts.add(Told.operation("a 0 ? put x 1"));
    facts.add(watched(50, "x", "1", 2));
    facts.add(watched(60, "x", "0", 3));
    assertThat(new SerialOrder().check(new History(facts)))
        .extracting(Finding::verdict)
        .doesNotContain(Verdict.BROKEN);
    facts.add(watched(70, "x", "1", 4));
    Finding finding = broken(facts);
    assertThat(finding.promise()).isEqualTo(UNIQUE);
    assertThat(finding.evidence()).contains(facts.get(0), facts.get(1), facts.get(3));
  }

  @Test
  void refusesAWriteThatWasRefusedAndDone() {
    List<Fact> facts = new ArrayList<>();
    facts.add(Told.operation("a 0 10 put x 1"));
    facts.add(watched(50, "x", "1", 2));
    Finding finding = broken(facts);
    assertThat(finding.promise()).isEqualTo(UNIQUE);
    assertThat(finding.evidence()).containsExactlyInAnyOrderElementsOf(facts);
  }

  private static Finding broken(List<Fact> facts) {
    List<Finding> broken =
        new SerialOrder()
            .check(new History(facts)).stream()
                .filter(each -> each.verdict() == Verdict.BROKEN)
                .toList();
    assertThat(broken).hasSize(1);
    return broken.get(0);
  }

  private static Fact watched(long at, String key, String value, long revision) {
    Row row = new Row(key, value, revision, revision, 1, 0);
    return new Fact.WatchTold(
        at, "w", revision, List.of(new Fact.Event(row, false, Optional.empty())));
  }

  @Test
  void saysNothingOfAKeyThatMayHaveGoneUnseen() {
    String[] lines = {
      "a 0 10 put x 1 -> ok @2", "b 20 30 put y 1 -> ok @4", "b 40 50 get x -> - @4"
    };
    assertThat(check(lines).get(0).verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    assertBroken(
        FITS, "*a 0 10 put x 1 -> ok @2", "b 20 30 put y 1 -> ok @3", "*b 40 50 get x -> - @3");
  }

  @Test
  void judgesLongHistoriesOfOneKey() {
    List<Fact> facts = new ArrayList<>();
    for (int i = 2; i < 50_000; i++) {
      facts.add(
          Told.operation("a " + 10L * i + " " + (10L * i + 5) + " put x " + i + " -> ok @" + i));
      facts.add(
          Told.operation(
              "b " + (10L * i + 6) + " " + (10L * i + 8) + " get x -> " + i + " @" + i + " #" + i));
    }
    assertThat(new SerialOrder().check(new History(facts)))
        .extracting(Finding::verdict)
        .containsOnly(Verdict.HELD);
    facts.set(39_997, Told.operation("b 200006 200007 get x -> 19999 @20000 #19999"));
    Finding finding = broken(facts);
    assertThat(finding.evidence()).contains((Operation) facts.get(39_997));
  }
}
