package io.quorate.chaos.check;

import static io.quorate.chaos.check.Facts.assertBroken;
import static io.quorate.chaos.check.Facts.assertHeld;
import static io.quorate.chaos.check.Facts.failed;
import static io.quorate.chaos.check.Facts.finding;
import static io.quorate.chaos.check.Facts.lists;
import static io.quorate.chaos.check.Facts.row;
import static io.quorate.chaos.check.Facts.state;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The anomalies of the literature, each as small as it can be. */
class ListAppendTest {
  private static final String SERIAL = "serializable";
  private static final String ORDERS = "one order";
  private static final String ABORTED = "G1a";
  private static final String INTERMEDIATE = "G1b";
  private static final String ELEMENTS = "each element";
  private static final String OWN = "guarded by";

  private final Checker checker = new ListAppend("append");

  private void assertCycle(String kind, Fact... facts) {
    Finding finding = finding(checker, SERIAL, facts);
    assertThat(finding.verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(finding.why()).startsWith(kind + ": ");
    assertThat(finding.evidence()).containsExactlyInAnyOrder(facts);
  }

  private static Fact.Operation unknown(String client, long begin, Step... steps) {
    return failed("append-" + client, new Span(begin, begin + 1), Outcome.UNKNOWN, steps);
  }

  @Test
  void saysNothingOfARunWithoutLists() {
    assertThat(checker.check(new History(List.of(state(1, "m1", 2))))).isEmpty();
  }

  @Test
  void transactionsOneAfterTheOtherHold() {
    assertThat(
            checker.check(
                new History(
                    List.of(
                        lists("0", 0, 1, "r x ", "w x 1", "w y 1"),
                        lists("1", 2, 3, "r x 1", "w x 1,2", "r x 1,2"),
                        lists("0", 4, 5, "r x 1,2", "r y 1"),
                        state(6, "m1", 3, row("x", "1,2", 2, 3, 2), row("y", "1", 2, 2, 1))))))
        .hasSize(6)
        .allMatch(each -> each.verdict() == Verdict.HELD);
  }

  @Test
  void seesDirtyWrites() {
    assertCycle("G0", lists("0", 0, 9, "w x 1", "w y 2,1"), lists("1", 0, 9, "w x 1,2", "w y 2"));
  }

  @Test
  void seesCircularInformation() {
    assertCycle("G1c", lists("0", 0, 9, "w x 1", "r y 1"), lists("1", 0, 9, "r x 1", "w y 1"));
  }

  @Test
  void seesReadSkew() {
    assertCycle("G-single", lists("0", 0, 9, "w x 1", "w y 1"), lists("1", 0, 9, "r x ", "r y 1"));
  }

  @Test
  void seesWriteSkew() {
    assertCycle("G2", lists("0", 0, 9, "r x ", "w y 1"), lists("1", 0, 9, "r y ", "w x 1"));
  }

  @Test
  void seesALongFork() {
    assertCycle(
        "G2",
        lists("0", 0, 9, "w x 1"),
        lists("1", 0, 9, "w y 1"),
        lists("2", 0, 9, "r x 1", "r y "),
        lists("3", 0, 9, "r x ", "r y 1"));
  }

  @Test
  void seesAStaleRead() {
    assertCycle("G-single-realtime", lists("0", 0, 1, "w x 1"), lists("1", 2, 3, "r x "));
    assertHeld(finding(checker, SERIAL, lists("0", 0, 2, "w x 1"), lists("1", 2, 3, "r x ")));
  }

  @Test
  void seesWritesThatWentBackInTime() {
    assertCycle("G0-realtime", lists("0", 0, 1, "w x 2,1"), lists("1", 2, 3, "w x 2"));
  }

  @Test
  void seesAReadOfTheFuture() {
    Fact.Operation reader = lists("0", 0, 1, "r x 1");
    Fact.Operation writer = lists("1", 2, 3, "w x 1");
    assertCycle("G1c-realtime", reader, writer);
  }

  @Test
  void aReadThatMayBeStaleHasNoTime() {
    Fact.Operation read = lists("1", 2, 3, "r x ");
    Request asked = read.request();
    Fact.Operation stale =
        new Fact.Operation(
            read.client(),
            "",
            read.span(),
            new Request(asked.guards(), asked.then(), asked.otherwise(), true),
            read.outcome(),
            read.reply(),
            "");
    assertHeld(finding(checker, SERIAL, lists("0", 0, 1, "w x 1"), stale));
  }

  @Test
  void seesALostUpdate() {
    Fact.Operation lost = lists("1", 2, 3, "w x 1,2");
    Fact.Operation other = lists("2", 2, 3, "w x 1,3,4");
    assertBroken(
        finding(
            checker, ORDERS, lists("0", 0, 1, "w x 1"), lists("3", 2, 3, "w x 1,3"), lost, other),
        lost,
        other);
  }

  @Test
  void seesAnAppendThatIsGoneInTheEnd() {
    Fact.Operation lost = lists("0", 0, 1, "w x 1");
    Fact.State end = state(6, "m1", 3);
    assertBroken(finding(checker, ORDERS, lost, end), lost, end);
  }

  @Test
  void seesAReadOfWhatWasRefused() {
    Fact.Operation refused =
        failed("append-0", new Span(0, 1), Outcome.REFUSED, new Step.Write("x", "1", 0));
    Fact.Operation read = lists("1", 2, 3, "r x 1");
    assertBroken(finding(checker, ABORTED, refused, read), refused, read);
  }

  @Test
  void seesAReadOfWhatIsNotFinished() {
    Fact.Operation writer = lists("0", 0, 9, "w x 1", "w x 1,2");
    Fact.Operation reader = lists("1", 0, 9, "r x 1");
    assertBroken(finding(checker, INTERMEDIATE, writer, reader), writer, reader);
  }

  @Test
  void seesAnElementThatIsTwiceInAList() {
    Fact.Operation read = lists("1", 2, 3, "r x 1,1");
    assertBroken(finding(checker, ELEMENTS, lists("0", 0, 1, "w x 1"), read), read);
  }

  @Test
  void seesAnElementThatNobodyAppended() {
    Fact.Operation read = lists("1", 2, 3, "r x 1,9");
    assertBroken(finding(checker, ELEMENTS, lists("0", 0, 1, "w x 1"), read), read);
  }

  @Test
  void seesAGuardThatDidNotHold() {
    Fact.Operation torn = lists("1", 2, 3, "r x 1", "w x 2");
    assertBroken(finding(checker, OWN, lists("0", 0, 1, "w x 1"), torn), torn);
  }

  @Test
  void anElementOfTwoOperationsIsNotKnown() {
    assertThat(
            finding(checker, SERIAL, lists("0", 0, 1, "w x 1"), lists("1", 0, 1, "w x 1"))
                .verdict())
        .isEqualTo(Verdict.INCONCLUSIVE);
  }

  @Test
  void whatWasNotAnsweredMayHaveBeenDoneOrNot() {
    Fact.Operation unseen = unknown("0", 0, new Step.Write("x", "1", 0));
    assertHeld(finding(checker, SERIAL, unseen, lists("1", 5, 6, "r x ")));
    assertHeld(finding(checker, SERIAL, unseen, lists("1", 5, 6, "r x 1")));
    assertHeld(
        finding(checker, SERIAL, unseen, lists("1", 5, 6, "r x "), lists("1", 7, 8, "r x 1")));
  }

  @Test
  void ofWhatWasSeenInPartAllWasDone() {
    Fact.Operation both = unknown("0", 0, new Step.Write("x", "1", 0), new Step.Write("y", "1", 0));
    assertHeld(finding(checker, ORDERS, both, lists("1", 0, 9, "r x 1")));
    assertCycle("G-single", both, lists("1", 0, 9, "r x 1", "r y "));
  }

  @Test
  void whatWasNotAnsweredWasNotDoneBeforeItWasAsked() {
    Fact.Operation read = lists("1", 0, 1, "r x 1");
    assertCycle("G1c-realtime", read, unknown("0", 2, new Step.Write("x", "1", 0)));
  }

  /** Transactions over a few lists at a time, four of which overlap. */
  static List<Fact.Operation> many(int count) {
    int listsMax = 6;
    int elementsMax = 50;
    Random random = new Random(1);
    Map<String, String> values = new HashMap<>();
    List<Fact.Operation> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int era = i / (listsMax * elementsMax);
      String one = "k" + era + "." + random.nextInt(3);
      String other = "k" + era + "." + (3 + random.nextInt(3));
      String before = values.getOrDefault(one, "");
      String after = before.isEmpty() ? "e" + i : before + ",e" + i;
      values.put(one, after);
      all.add(
          lists(
              "" + i % 4,
              10L * i - 20,
              10L * i + 10,
              "r " + one + " " + before,
              "r " + other + " " + values.getOrDefault(other, ""),
              "w " + one + " " + after));
    }
    return all;
  }

  @Test
  void oneStaleReadAmongAHundredThousandIsFound() {
    List<Fact.Operation> all = new ArrayList<>(many(100_000));
    assertThat(checker.check(new History(List.copyOf(all))))
        .allMatch(each -> each.verdict() == Verdict.HELD);
    Fact.Operation stale = lists("9", 999_990, 1_000_000, "r k333.0 ");
    Fact.Operation next =
        all.stream()
            .filter(each -> each.request().then().stream().anyMatch(this::isFirst))
            .findFirst()
            .orElseThrow();
    all.add(stale);
    Finding finding = finding(checker, SERIAL, all.toArray(Fact[]::new));
    assertThat(finding.why()).startsWith("G-single-realtime: ");
    assertThat(finding.evidence()).containsExactly(next, stale);
  }

  private boolean isFirst(Step step) {
    return step instanceof Step.Write it && it.key().equals("k333.0");
  }
}
