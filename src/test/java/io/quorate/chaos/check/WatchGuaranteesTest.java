package io.quorate.chaos.check;

import static io.quorate.chaos.check.Facts.assertBroken;
import static io.quorate.chaos.check.Facts.assertHeld;
import static io.quorate.chaos.check.Facts.finding;
import static io.quorate.chaos.check.Facts.opened;
import static io.quorate.chaos.check.Facts.put;
import static io.quorate.chaos.check.Facts.removal;
import static io.quorate.chaos.check.Facts.row;
import static io.quorate.chaos.check.Facts.state;
import static io.quorate.chaos.check.Facts.told;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchGuaranteesTest {
  private static final String ORDERED = "never go back";
  private static final String UNIQUE = "twice";
  private static final String RELIABLE = "left out";
  private static final String ATOMIC = "come together";
  private static final String RESUMABLE = "asked for";
  private static final String BOOKMARKABLE = "progress";
  private static final String PREVIOUS = "row before";
  private static final String FIELDS = "created and version";
  private static final String AGREED = "tell the same";
  private static final String COMPLETE = "came to the end";

  private static final Row A2 = row("a", "1", 2, 2, 1);
  private static final Row A3 = row("a", "2", 2, 3, 2);
  private static final Row B3 = row("b", "1", 3, 3, 1);
  private static final Row A4 = row("a", "3", 2, 4, 3);

  private final Checker checker = new WatchGuarantees();
  private final Fact.WatchOpened opened = opened(1, "w", 2);

  private static Fact.WatchOpened openedWithPrevious(String watcher, long from) {
    return new Fact.WatchOpened(1, watcher, "m1", "", from, true);
  }

  @Test
  void saysNothingOfARunWithoutWatches() {
    assertThat(checker.check(new History(List.of(state(1, "m1", 2, A2))))).isEmpty();
  }

  @Test
  void everythingHoldsWhereAllIsToldInOrder() {
    List<Finding> findings =
        checker.check(
            new History(
                List.of(
                    openedWithPrevious("w", 2),
                    told(2, "w", 2, put(A2)),
                    told(3, "w", 4, put(A3, A2), put(B3), put(A4, A3)),
                    told(4, "w", 4),
                    state(5, "m1", 4, A4, B3))));
    assertThat(findings).hasSize(10).allMatch(each -> each.verdict() == Verdict.HELD);
  }

  @Test
  void seesRevisionsThatGoBack() {
    Fact.WatchTold later = told(2, "w", 3, put(A3), put(B3));
    Fact.WatchTold earlier = told(3, "w", 2, put(A2));
    assertBroken(finding(checker, ORDERED, opened, later, earlier), later, earlier);
  }

  @Test
  void seesAnEventThatIsToldTwice() {
    Fact.WatchTold once = told(2, "w", 2, put(A2));
    Fact.WatchTold again = told(2, "w", 2, put(A2));
    Finding finding = finding(checker, UNIQUE, opened, once, again);
    assertThat(finding.verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(finding.evidence()).hasSize(2);
  }

  @Test
  void tellsAnEventAgainToAWatchThatWentBack() {
    Fact.WatchTold once = told(2, "w", 2, put(A2));
    Fact.WatchTold again = told(4, "w", 2, put(A2));
    assertHeld(finding(checker, UNIQUE, opened, once, opened(3, "w", 2), again));
    assertHeld(finding(checker, ORDERED, opened, once, opened(3, "w", 2), again));
  }

  @Test
  void seesAGapThatAnotherWatcherKnowsOf() {
    Fact.WatchTold other = told(2, "v", 2, put(A2));
    Fact.WatchTold gap = told(3, "w", 4, put(A4));
    Fact.WatchTold all = told(4, "v", 4, put(A3), put(A4));
    assertBroken(
        finding(checker, RELIABLE, opened(1, "v", 2), other, opened, gap, all), opened, other, gap);
  }

  @Test
  void seesAGapThatOnlyAWriterKnowsOf() {
    Fact.Operation write = Facts.done("register-0", new Span(0, 5), 3, new Step.Write("b", "1", 0));
    Fact.WatchTold two = told(2, "w", 2, put(A2));
    Fact.WatchTold four = told(3, "w", 4, put(row("a", "2", 2, 4, 2)));
    assertBroken(finding(checker, RELIABLE, write, opened, two, four), write, opened, four);
  }

  @Test
  void seesAGapThatOnlyTheEndKnowsOf() {
    Fact.WatchTold bookmark = told(3, "w", 3);
    Fact.State end = state(4, "m1", 3, B3);
    assertBroken(finding(checker, RELIABLE, opened, bookmark, end), opened, bookmark, end);
  }

  @Test
  void otherPrefixesAreNoGap() {
    Fact.WatchOpened narrow = new Fact.WatchOpened(1, "w", "m1", "a", 2, false);
    Fact.WatchOpened wide = new Fact.WatchOpened(1, "v", "m1", "", 2, false);
    Fact.WatchTold all = told(2, "v", 4, put(A2), put(B3), put(row("a", "2", 2, 4, 2)));
    Fact.WatchTold some = told(2, "w", 4, put(A2), put(row("a", "2", 2, 4, 2)));
    assertHeld(finding(checker, RELIABLE, narrow, wide, all, some));
  }

  @Test
  void seesAGapBetweenTwoConnections() {
    Fact.WatchTold two = told(2, "w", 2, put(A2));
    Fact.WatchOpened again = opened(3, "w", 4);
    Fact.State end = state(4, "m1", 3, A2, B3);
    assertBroken(finding(checker, RELIABLE, opened, two, again, end), opened, two, again, end);
  }

  @Test
  void whatIsCompactedIsNoGap() {
    Fact.WatchTold two = told(2, "w", 2, put(A2));
    Fact.WatchEnded ended = new Fact.WatchEnded(3, "w", "compacted", 4);
    Fact.WatchOpened again = opened(3, "w", 4);
    Fact.State end = state(4, "m1", 3, A2, B3);
    assertHeld(finding(checker, RELIABLE, opened, two, ended, again, end, told(5, "w", 4)));
    Fact.WatchOpened tooFar = opened(3, "w", 5);
    Fact.State more = state(4, "m1", 4, A4);
    assertBroken(
        finding(checker, RELIABLE, opened, two, ended, tooFar, more),
        opened,
        two,
        ended,
        tooFar,
        more);
  }

  @Test
  void seesAWatchThatIsSaidToBeCompactedThoughItIsNot() {
    Fact.WatchTold two = told(2, "w", 3, put(A2), put(B3));
    Fact.WatchEnded ended = new Fact.WatchEnded(3, "w", "compacted", 4);
    assertBroken(finding(checker, RESUMABLE, opened, two, ended), opened, two, ended);
  }

  @Test
  void aWatchThatBeginsWithNowHasNoGapBefore() {
    Fact.WatchTold two = told(2, "v", 2, put(A2));
    Fact.WatchTold three = told(3, "w", 3, put(B3));
    assertHeld(
        finding(
            checker,
            RELIABLE,
            opened(1, "v", 2),
            opened(1, "w", 0),
            two,
            three,
            told(3, "v", 3, put(B3))));
  }

  @Test
  void seesARevisionThatIsTornApart() {
    Fact.WatchTold one = told(2, "w", 3, put(A2), put(A3));
    Fact.WatchTold other = told(3, "w", 3, put(B3));
    Finding finding = finding(checker, ATOMIC, opened, one, other);
    assertThat(finding.verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(finding.evidence()).contains(one, other);
  }

  @Test
  void seesARevisionOfWhichSomeIsMissing() {
    Fact.WatchTold part = told(2, "w", 3, put(A2), put(A3));
    Fact.State end = state(4, "m1", 3, A3, B3);
    assertBroken(finding(checker, ATOMIC, opened, part, end), opened, part, end);
  }

  @Test
  void seesEventsThatAWatchDidNotAskFor() {
    Fact.WatchTold early = told(2, "w", 2, put(A2));
    Fact.WatchOpened late = opened(1, "w", 3);
    assertBroken(finding(checker, RESUMABLE, late, early), late, early);
    Fact.WatchOpened narrow = new Fact.WatchOpened(1, "w", "m1", "b", 2, false);
    assertBroken(finding(checker, RESUMABLE, narrow, early), narrow, early);
  }

  @Test
  void seesAWatchThatBeginsTooLate() {
    Fact.WatchTold late = told(2, "w", 3, put(B3));
    Fact.State end = state(4, "m1", 3, A2, B3);
    assertBroken(finding(checker, RESUMABLE, opened, late, end), opened, late, end);
  }

  @Test
  void seesAnEventAfterItsBookmark() {
    Fact.WatchTold bookmark = told(2, "w", 3);
    Fact.WatchTold late = told(3, "w", 3, put(B3));
    Finding finding = finding(checker, BOOKMARKABLE, opened, bookmark, late);
    assertThat(finding.verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(finding.evidence()).contains(bookmark, late);
  }

  @Test
  void seesABookmarkOverWhatNeverComes() {
    Fact.WatchTold bookmark = told(2, "w", 3);
    Fact.State end = state(3, "m1", 3, B3);
    assertBroken(finding(checker, BOOKMARKABLE, opened, bookmark, end), opened, bookmark, end);
  }

  @Test
  void seesAnEventAfterTheFirstBookmarkOfAWatchThatBeginsWithNow() {
    Fact.WatchTold bookmark = told(2, "w", 3);
    Fact.WatchTold late = told(3, "w", 3, put(B3));
    assertBroken(finding(checker, BOOKMARKABLE, opened(1, "w", 0), bookmark, late), bookmark, late);
  }

  @Test
  void seesABookmarkBeyondTheEnd() {
    Fact.WatchTold bookmark = told(2, "w", 9);
    Fact.State end = state(3, "m1", 3);
    assertBroken(finding(checker, BOOKMARKABLE, opened, bookmark, end), bookmark, end);
    assertHeld(finding(checker, BOOKMARKABLE, opened, state(1, "m1", 3), bookmark));
  }

  @Test
  void seesAWrongRowBefore() {
    Fact.WatchTold two = told(2, "w", 2, put(A2));
    Fact.WatchTold three = told(3, "w", 3, put(A3, row("a", "9", 2, 2, 1)));
    assertBroken(finding(checker, PREVIOUS, openedWithPrevious("w", 2), two, three), two, three);
  }

  @Test
  void seesARowBeforeThatIsLeftOutThoughItIsNotCompacted() {
    Fact.WatchOpened watch = openedWithPrevious("w", 2);
    Fact.WatchTold two = told(2, "w", 2, put(A2));
    Fact.WatchTold three = told(3, "w", 3, put(A3));
    assertBroken(finding(checker, PREVIOUS, watch, two, three), two, three);
    Fact.Hash compacted = new Fact.Hash(1, "m1", 3, 3, 7);
    Fact.WatchTold four = told(4, "w", 4, put(A4, A3));
    assertHeld(finding(checker, PREVIOUS, compacted, watch, two, three, four));
  }

  @Test
  void seesAVersionThatDoesNotFollow() {
    Fact.WatchTold two = told(2, "w", 2, put(A2));
    Fact.WatchTold three = told(3, "w", 3, put(row("a", "2", 2, 3, 3)));
    assertThat(finding(checker, FIELDS, opened, two, three).verdict()).isEqualTo(Verdict.BROKEN);
    Fact.WatchTold four = told(3, "w", 4, put(row("a", "2", 2, 4, 3)));
    assertBroken(finding(checker, FIELDS, opened, two, four), two, four);
  }

  @Test
  void seesACreationThatWasRemoved() {
    Fact.WatchTold two = told(2, "w", 3, put(A2), removal("a", 3));
    Fact.WatchTold four = told(3, "w", 4, put(A4));
    assertBroken(finding(checker, FIELDS, opened, two, four), two, four);
  }

  @Test
  void seesTheRemovalOfWhatIsNotThere() {
    Fact.WatchTold gone = told(2, "w", 3, put(A2), removal("a", 3));
    Fact.WatchTold again = told(3, "w", 4, removal("a", 4));
    assertBroken(finding(checker, FIELDS, opened, gone, again), gone, again);
  }

  @Test
  void lessIsSaidOfARowWhoseHistoryIsNotWatched() {
    Fact.Operation write = Facts.done("register-0", new Span(0, 1), 2, new Step.Write("a", "1", 0));
    Fact.WatchTold later = told(3, "w", 9, put(row("a", "5", 2, 9, 5)));
    assertHeld(finding(checker, FIELDS, write, opened(1, "w", 9), later));
    Fact.WatchTold two = told(2, "v", 2, put(A2));
    assertHeld(finding(checker, FIELDS, opened(1, "v", 2), two, opened(1, "w", 9), later));
  }

  @Test
  void seesTwoThatTellDifferentThings() {
    Fact.WatchTold one = told(2, "w", 2, put(A2));
    Fact.WatchTold other = told(3, "v", 2, put(row("a", "9", 2, 2, 1)));
    assertBroken(finding(checker, AGREED, opened, opened(1, "v", 2), one, other), one, other);
    Fact.WatchTold gone = told(3, "v", 2, removal("a", 2));
    assertBroken(finding(checker, AGREED, opened, opened(1, "v", 2), one, gone), one, gone);
  }

  @Test
  void whetherAWatchCameToTheEndIsNotKnownWithoutItsBookmark() {
    Fact.WatchTold two = told(2, "w", 2, put(A2));
    assertThat(finding(checker, COMPLETE, opened, two, state(3, "m1", 3, A2, B3)).verdict())
        .isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(finding(checker, COMPLETE, opened, two).verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    assertHeld(finding(checker, COMPLETE, opened, two, state(3, "m1", 2, A2)));
  }
}
