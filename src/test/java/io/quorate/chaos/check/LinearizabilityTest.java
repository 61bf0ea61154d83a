package io.quorate.chaos.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import io.quorate.chaos.model.Register;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinearizabilityTest {
  private static final Linearizability<?> CHECKER =
      new Linearizability<>("linearizable", new Register());

  private static Finding find(String... lines) {
    return find(Told.history(lines));
  }

  private static Finding find(History history) {
    List<Finding> findings = CHECKER.check(history);
    assertThat(findings).hasSize(1);
    return findings.get(0);
  }

  private static void assertHeld(String... lines) {
    assertThat(find(lines).verdict()).isEqualTo(Verdict.HELD);
  }

  /** Broken, and the evidence is exactly the lines that begin with a star. */
  private static void assertBroken(String... lines) {
    List<String> all = new ArrayList<>();
    List<Operation> needed = new ArrayList<>();
    for (String line : lines) {
      all.add(line.replace("*", ""));
      if (line.startsWith("*")) {
        needed.add(Told.operation(line.replace("*", "")));
      }
    }
    Finding finding = find(all.toArray(String[]::new));
    assertThat(finding.verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(finding.evidence()).isEqualTo(needed);
  }

  // Histories of the literature.

  @Test
  void acceptsConcurrentOperationsInEitherOrder() {
    // Herlihy and Wing 1990, section 1: overlapping operations may take effect in any order.
    assertHeld("a 0 10 put x 1 -> ok", "b 0 10 put x 2 -> ok", "a 11 12 get x -> 1");
    assertHeld("a 0 10 put x 1 -> ok", "b 0 10 put x 2 -> ok", "a 11 12 get x -> 2");
    assertHeld("a 0 10 put x 1 -> ok", "b 3 5 get x -> 1");
    assertHeld("a 0 10 put x 1 -> ok", "b 3 5 get x -> -");
  }

  @Test
  void refusesANewOldInversion() {
    // Lamport 1986, "On interprocess communication": regular, but not atomic.
    assertBroken(
        "*w 0 100 put x 1 -> ok", "*a 10 20 get x -> 1", "*b 30 40 get x -> -", "c 0 5 get y -> -");
  }

  @Test
  void refusesAStaleRead() {
    assertBroken(
        "a 0 10 put x 1 -> ok",
        "a 15 16 get x -> 1",
        "*a 20 30 put x 2 -> ok",
        "*b 40 50 get x -> -",
        "b 60 70 get x -> 2");
  }

  @Test
  void refusesAValueThatNobodyWrote() {
    assertBroken("a 0 10 put x 1 -> ok", "*b 20 30 get x -> 7");
  }

  @Test
  void refusesAReadFromTheFuture() {
    assertBroken("*b 0 5 get x -> 1", "a 10 20 put x 1 -> ok");
  }

  @Test
  void refusesTwoReadersThatDisagreeAboutTheOrderOfWrites() {
    // Sequentially consistent for each alone, and for nobody together (independent reads of
    // independent writes, here of one register).
    assertBroken(
        "*a 0 100 put x 1 -> ok",
        "*b 0 100 put x 2 -> ok",
        "*c 110 120 get x -> 1",
        "*d 130 140 get x -> 2");
  }

  @Test
  void refusesALostUpdate() {
    assertBroken(
        "*a 0 5 put x 0 -> ok",
        "*b 10 20 cas x 0 1 -> yes",
        "*c 10 20 cas x 0 2 -> yes",
        "d 30 40 get x -> 1");
  }

  @Test
  void refusesAComparisonThatFailedWithoutReason() {
    assertBroken("*a 0 5 put x 0 -> ok", "*b 10 20 cas x 0 1 -> no");
  }

  @Test
  void refusesAKeyThatComesBack() {
    assertBroken(
        "*a 0 5 put x 1 -> ok", "*a 10 15 del x -> 1", "*b 20 25 get x -> 1", "b 30 35 get x -> -");
    assertBroken("*a 0 5 put x 1 -> ok", "*a 10 15 del x -> 0");
  }

  @Test
  void judgesEachKeyByItself() {
    assertHeld("a 0 10 put x 1 -> ok", "a 20 30 put y 2 -> ok", "b 40 50 get x -> 1");
    assertBroken("a 0 10 put x 1 -> ok", "*a 20 30 put y 2 -> ok", "*b 40 50 get y -> -");
  }

  @Test
  void leavesOutKeysThatEndByThemselves() {
    Operation put = Told.operation("a 0 10 put x 1 -> ok");
    Operation withLease =
        new Operation(
            put.client(),
            put.member(),
            put.span(),
            Request.of(new Step.Write("x", "1", 7)),
            put.outcome(),
            put.reply(),
            "");
    Operation gone = Told.operation("b 20 30 get x -> -");
    assertThat(CHECKER.check(new History(List.of(withLease, gone)))).isEmpty();
    assertThat(find(new History(List.of(put, gone))).verdict()).isEqualTo(Verdict.BROKEN);
  }

  // Operations without an answer.

  @Test
  void letsAWriteWithoutAnswerComeLateOrNever() {
    assertHeld("a 0 ? put x 1", "b 10 20 get x -> -", "b 30 40 get x -> 1");
    assertHeld("a 0 ? put x 1", "b 10 20 get x -> -", "b 30 40 get x -> -");
    assertBroken(
        "*a 0 ? put x 1", "*b 10 20 get x -> 1", "*b 30 40 get x -> -", "b 50 60 get x -> -");
  }

  @Test
  void refusesAWriteThatWasSeenBeforeItWasAsked() {
    assertBroken("*b 0 5 get x -> 1", "a 10 ? put x 1");
  }

  @Test
  void leavesOutWhatWasRefused() {
    assertHeld("a 0 10 put x 1", "b 20 30 get x -> -");
    assertBroken("a 0 10 put x 1", "*b 20 30 get x -> 1");
  }

  @Test
  void takesAWriteForNotDoneThatNobodyWhoSawEverythingSaw() {
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      facts.add(Told.operation("a 0 ? put x " + i));
    }
    facts.add(Told.operation("b 10 20 put x last -> ok"));
    facts.add(Told.operation("b 30 40 get x -> last"));
    facts.add(new Fact.WatchOpened(0, "w", "", "", 1, false));
    Row row = new Row("x", "last", 2, 2, 1, 0);
    facts.add(
        new Fact.WatchTold(50, "w", 2, List.of(new Fact.Event(row, false, Optional.empty()))));
    facts.add(new Fact.State(60, "m1", 2, List.of(row)));
    Finding finding = find(new History(facts));
    assertThat(finding.verdict()).isEqualTo(Verdict.HELD);
    assertThat(finding.checked()).isEqualTo(2);
  }

  // Against every order there is.

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void agreesWithATryOfAllOrders(int seed) {
    Random random = new Random(seed);
    int held = 0;
    int broken = 0;
    for (int i = 0; i < 1_500; i++) {
      List<Operation> operations = anything(random, 2 + random.nextInt(5));
      boolean isLinearizable = AllOrders.isLinearizable(new Register(), operations);
      Finding finding = find(new History(List.copyOf(operations)));
      assertThat(finding.verdict())
          .as("%s", operations)
          .isEqualTo(isLinearizable ? Verdict.HELD : Verdict.BROKEN);
      if (isLinearizable) {
        held++;
      } else {
        broken++;
        assertThat(AllOrders.isLinearizable(new Register(), evidence(finding))).isFalse();
      }
    }
    assertThat(held).isGreaterThan(150);
    assertThat(broken).isGreaterThan(150);
  }

  private static List<Operation> evidence(Finding finding) {
    return finding.evidence().stream()
        .filter(Operation.class::isInstance)
        .map(Operation.class::cast)
        .toList();
  }

  /** Operations that overlap, with answers that may be true. */
  private static List<Operation> anything(Random random, int count) {
    List<Operation> operations = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int begin = random.nextInt(12);
      boolean isOpen = random.nextInt(5) == 0;
      String end = isOpen ? "?" : "" + (begin + random.nextInt(6));
      String value = "" + random.nextInt(3);
      String seen = random.nextInt(3) == 0 ? "-" : "" + random.nextInt(3);
      String what =
          switch (random.nextInt(5)) {
            case 0, 1 -> "get x" + (isOpen ? "" : " -> " + seen);
            case 2 -> "put x " + value + (isOpen ? "" : " -> ok");
            case 3 -> "del x" + (isOpen ? "" : " -> " + random.nextInt(2));
            default ->
                "cas x "
                    + seen
                    + " "
                    + value
                    + (isOpen ? "" : random.nextBoolean() ? " -> yes" : " -> no");
          };
      operations.add(Told.operation("c" + i + " " + begin + " " + end + " " + what));
    }
    return operations;
  }

  // Large ones, and such that are altered in one place.

  @Test
  void findsTheOneAnswerThatWasAltered() {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      List<Operation> good = GoodHistory.of(random, 3, 400, 5);
      assertThat(find(new History(List.copyOf(good))).verdict()).isEqualTo(Verdict.HELD);
      int place = random.nextInt(good.size());
      while (!(good.get(place).request().onlyReads() && good.get(place).reply().isPresent())) {
        place = random.nextInt(good.size());
      }
      List<Operation> altered = new ArrayList<>(good);
      altered.set(place, GoodHistory.altered(good.get(place)));
      Finding finding = find(new History(List.copyOf(altered)));
      assertThat(finding.verdict()).isEqualTo(Verdict.BROKEN);
      assertThat(finding.evidence()).contains(altered.get(place)).hasSizeLessThan(12);
    }
  }

  @Test
  void judgesLongHistoriesOfFewKeysWithinItsMemory() {
    List<Operation> good = GoodHistory.of(new Random(7), 5, 100_000, 10);
    assertThat(find(new History(List.copyOf(good))).verdict()).isEqualTo(Verdict.HELD);
  }

  @Test
  void saysNothingWhereThereAreTooManyOrders() {
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      facts.add(Told.operation("w" + i + " 0 100 put x " + i + " -> ok"));
    }
    facts.add(Told.operation("r 200 210 get x -> 3"));
    facts.add(Told.operation("r 220 230 get x -> 4"));
    List<Finding> findings =
        new Linearizability<>("linearizable", new Register(), 1 << 20).check(new History(facts));
    assertThat(findings.get(0).verdict()).isEqualTo(Verdict.INCONCLUSIVE);
  }
}
