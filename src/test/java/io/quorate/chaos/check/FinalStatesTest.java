package io.quorate.chaos.check;

import static io.quorate.chaos.check.Facts.assertBroken;
import static io.quorate.chaos.check.Facts.assertHeld;
import static io.quorate.chaos.check.Facts.done;
import static io.quorate.chaos.check.Facts.failed;
import static io.quorate.chaos.check.Facts.finding;
import static io.quorate.chaos.check.Facts.opened;
import static io.quorate.chaos.check.Facts.put;
import static io.quorate.chaos.check.Facts.removal;
import static io.quorate.chaos.check.Facts.row;
import static io.quorate.chaos.check.Facts.run;
import static io.quorate.chaos.check.Facts.state;
import static io.quorate.chaos.check.Facts.told;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import java.util.List;
import org.junit.jupiter.api.Test;

class FinalStatesTest {
  private static final String SAME = "hold the same";
  private static final String LOST = "is lost";

  private static final Row A2 = row("a", "1", 2, 2, 1);
  private static final Row A3 = row("a", "2", 2, 3, 2);
  private static final Row B4 = row("b", "1", 4, 4, 1);

  private final Checker checker = new FinalStates();
  private final Fact.Operation first = write(1, 2, "a", "1");
  private final Fact.Operation second = write(3, 3, "a", "2");

  private static Fact.Operation write(long at, long revision, String key, String value) {
    return done("register-0", new Span(at, at + 1), revision, new Step.Write(key, value, 0));
  }

  @Test
  void sameRowsAtTheSameRevisionHold() {
    Fact[] facts = {
      run("m1", "m2"), first, second, state(9, "m1", 4, A3, B4), state(9, "m2", 4, A3, B4)
    };
    assertThat(checker.check(new History(List.of(facts))))
        .hasSize(2)
        .allMatch(each -> each.verdict() == Verdict.HELD);
  }

  @Test
  void seesARowThatOneMemberLacks() {
    Fact.State one = state(8, "m1", 4, A3, B4);
    Fact.State other = state(9, "m2", 4, B4);
    assertBroken(finding(checker, SAME, run("m1", "m2"), one, other), one, other);
  }

  @Test
  void seesARowThatDiffers() {
    Fact.State one = state(8, "m1", 4, A3, B4);
    Fact.State other = state(9, "m2", 4, A2, B4);
    assertBroken(finding(checker, SAME, run("m1", "m2"), one, other), one, other);
  }

  @Test
  void statesOfOtherRevisionsAreNotCompared() {
    assertThat(
            finding(checker, SAME, run("m1", "m2"), state(8, "m1", 3), state(9, "m2", 4)).verdict())
        .isEqualTo(Verdict.INCONCLUSIVE);
    assertHeld(
        finding(
            checker,
            SAME,
            run("m1", "m2"),
            state(7, "m1", 3, A3),
            state(8, "m2", 4, A3, B4),
            state(9, "m1", 4, A3, B4)));
  }

  @Test
  void aMemberThatStaysBehindIsNotKnownToBeTheSame() {
    Fact[] facts = {
      run("m1", "m2", "m3"), state(7, "m1", 2, A2), state(8, "m2", 3, A3), state(9, "m3", 3, A3)
    };
    assertThat(finding(checker, SAME, facts).verdict()).isEqualTo(Verdict.INCONCLUSIVE);
  }

  @Test
  void whatCameAfterTheRevisionOfAStateIsNotLookedForInIt() {
    Fact.WatchTold gone = told(5, "w", 4, removal("a", 4));
    Fact.State end = state(9, "m1", 3, A3);
    Finding finding = finding(checker, LOST, opened(0, "w", 2), first, second, gone, end);
    assertThat(finding.verdict()).isEqualTo(Verdict.HELD);
  }

  @Test
  void aRunWithoutFinalStatesIsNotKnown() {
    assertThat(checker.check(new History(List.of(run("m1"), first))))
        .hasSize(2)
        .allMatch(each -> each.verdict() == Verdict.INCONCLUSIVE);
  }

  @Test
  void oneMemberIsNotComparedWithItself() {
    assertThat(checker.check(new History(List.of(run("m1"), first, state(9, "m1", 2, A2)))))
        .hasSize(1)
        .allMatch(each -> each.verdict() == Verdict.HELD);
  }

  @Test
  void seesAWriteThatIsNotThere() {
    Fact.State end = state(9, "m1", 3);
    assertBroken(finding(checker, LOST, first, end), first, end);
  }

  @Test
  void seesAWriteThatWentBack() {
    Fact.State end = state(9, "m1", 3, A2);
    assertBroken(finding(checker, LOST, first, second, end), second, end);
  }

  @Test
  void seesAWriteThatHoldsAnotherValue() {
    Fact.State end = state(9, "m1", 3, row("a", "9", 2, 3, 2));
    assertBroken(finding(checker, LOST, first, second, end), second, end);
  }

  @Test
  void seesAWriteThatNoVersionCounts() {
    Fact.State end = state(9, "m1", 5, row("a", "3", 2, 5, 2));
    assertBroken(finding(checker, LOST, first, second, end), first, second, end);
  }

  @Test
  void seesARemovalThatIsUndone() {
    Fact.WatchTold gone = told(5, "w", 4, removal("a", 4));
    Fact.State end = state(9, "m1", 5, A3);
    assertBroken(finding(checker, LOST, opened(0, "w", 4), first, second, gone, end), gone, end);
  }

  @Test
  void aRemovalThatWasSeenIsNoLoss() {
    Fact.WatchTold gone = told(5, "w", 4, removal("a", 4));
    assertHeld(finding(checker, LOST, opened(0, "w", 4), first, second, gone, state(9, "m1", 5)));
  }

  @Test
  void aRemovalThatNobodyCouldSeeIsNoLoss() {
    Fact.Operation removal =
        failed("register-1", new Span(4, 5), Outcome.UNKNOWN, new Step.Remove("a"));
    assertHeld(finding(checker, LOST, first, removal, state(9, "m1", 5)));
    Fact.State end = state(9, "m1", 5);
    Fact.WatchTold all = told(6, "w", 5, put(A2));
    assertBroken(finding(checker, LOST, opened(0, "w", 2), first, removal, all, end), first, end);
  }

  @Test
  void aKeyWhoseLeaseEndedUnseenIsNoLoss() {
    Fact.Operation leased = done("lease-0", new Span(1, 2), 2, new Step.Write("a", "1", 7));
    assertHeld(finding(checker, LOST, leased, state(9, "m1", 5)));
  }
}
