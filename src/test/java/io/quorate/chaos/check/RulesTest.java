package io.quorate.chaos.check;

import static io.quorate.chaos.check.Facts.assertBroken;
import static io.quorate.chaos.check.Facts.assertHeld;
import static io.quorate.chaos.check.Facts.finding;
import static io.quorate.chaos.check.Facts.opened;
import static io.quorate.chaos.check.Facts.put;
import static io.quorate.chaos.check.Facts.removal;
import static io.quorate.chaos.check.Facts.run;
import static io.quorate.chaos.check.Facts.state;
import static io.quorate.chaos.check.Facts.told;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.LeaseChange;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The rules of leases, locks and hashes, one by one. */
class RulesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long TTL = 5 * SECOND;

  private static final String COUNTED = "while its holder counts";
  private static final String EARLY = "before its time";
  private static final String LATE = "after its time";

  private final Checker leases = new LeaseRules();
  private final Checker locks = new LockRules("lock");
  private final Checker hashes = new Hashes();

  private final Fact.WatchOpened opened = opened(0, "w", 2);
  private final Row row = new Row("k", "v", 2, 2, 1, 7);
  private final Fact.WatchTold written = told(SECOND, "w", 2, put(row));
  private final Fact.LeaseTold granted = lease(SECOND, LeaseChange.GRANTED);

  private static Fact.LeaseTold lease(long at, LeaseChange what) {
    boolean gives = what == LeaseChange.GRANTED || what == LeaseChange.RENEWED;
    return new Fact.LeaseTold(at, 7, "k", what, gives ? TTL : 0);
  }

  private static Fact.WatchTold gone(long at) {
    return told(at, "w", 3, removal("k", 3));
  }

  @Test
  void aKeyEndsAfterItsLeaseIsLost() {
    Fact.LeaseTold lost = lease(6 * SECOND, LeaseChange.LOST);
    Fact.WatchTold gone = gone(6 * SECOND + 1);
    assertHeld(finding(leases, COUNTED, opened, granted, written, lost, gone));
    assertHeld(finding(leases, EARLY, opened, granted, written, lost, gone));
  }

  @Test
  void seesAKeyThatEndsBeforeItsTime() {
    Fact.LeaseTold renewed = lease(2 * SECOND, LeaseChange.RENEWED);
    Fact.WatchTold gone = gone(7 * SECOND - 1);
    Fact.LeaseTold lost = lease(7 * SECOND, LeaseChange.LOST);
    assertBroken(
        finding(leases, EARLY, opened, granted, written, renewed, gone, lost), renewed, gone);
    assertHeld(finding(leases, COUNTED, opened, granted, written, renewed, gone, lost));
  }

  @Test
  void seesAKeyThatEndsWhileItsHolderCountsOnIt() {
    Fact.WatchTold gone = gone(7 * SECOND);
    Fact.LeaseTold lost = lease(9 * SECOND, LeaseChange.LOST);
    assertBroken(
        finding(leases, COUNTED, opened, granted, written, gone, lost), granted, gone, lost);
    assertBroken(
        finding(
            leases, COUNTED, opened, granted, written, gone, new Fact.End(9 * SECOND, true, "")),
        granted,
        gone);
  }

  @Test
  void aKeyMayEndOnceItsLeaseIsGivenUp() {
    Fact.LeaseTold abandoned = lease(2 * SECOND, LeaseChange.ABANDONED);
    Fact.WatchTold gone = gone(2 * SECOND + 1);
    assertHeld(finding(leases, EARLY, opened, granted, written, abandoned, gone));
    assertHeld(finding(leases, COUNTED, opened, granted, written, abandoned, gone));
  }

  @Test
  void aRemovalThatSomebodyAskedForIsNoBreach() {
    Fact.WatchTold gone = gone(2 * SECOND);
    Fact.LeaseTold lost = lease(6 * SECOND, LeaseChange.LOST);
    Fact.Operation asked =
        Facts.failed("x-1", new Span(SECOND, 3 * SECOND), Outcome.UNKNOWN, new Step.Remove("k"));
    assertHeld(finding(leases, EARLY, opened, granted, written, asked, gone, lost));
    Fact.Operation refused =
        Facts.failed("x-1", new Span(SECOND, 3 * SECOND), Outcome.REFUSED, new Step.Remove("k"));
    assertBroken(
        finding(leases, EARLY, opened, granted, written, refused, gone, lost), granted, gone);
  }

  @Test
  void seesAKeyThatIsStillThereLongAfterItsLeaseIsOver() {
    Fact.LeaseTold lost = lease(6 * SECOND, LeaseChange.LOST);
    long gone = 6 * SECOND + TTL + LeaseRules.GONE_LATE_NANOS_MAX;
    Fact.State end = state(gone, "m1", 2, row);
    assertBroken(finding(leases, LATE, opened, granted, written, lost, end), lost, end);
    Fact.State without = state(gone, "m1", 3);
    assertHeld(finding(leases, LATE, opened, granted, written, lost, without));
  }

  @Test
  void aRunThatEndsBeforeALeaseSaysNothingOfItsEnd() {
    Fact.LeaseTold lost = lease(6 * SECOND, LeaseChange.LOST);
    long gone = 6 * SECOND + TTL + LeaseRules.GONE_LATE_NANOS_MAX;
    assertThat(said(granted, written, lost, state(gone - 1, "m1", 2, row)))
        .noneMatch(promise -> promise.contains(LATE));
    Fact.Fault late = new Fact.Fault(new Span(0, 7 * SECOND), "kill", List.of("m1"), true, "");
    assertThat(said(late, granted, written, lost, state(gone, "m1", 2, row)))
        .noneMatch(promise -> promise.contains(LATE));
  }

  private List<String> said(Fact... facts) {
    return leases.check(new History(List.of(facts))).stream().map(Finding::promise).toList();
  }

  private static Fact.LockTold lock(long at, String client, long fence, boolean isHeld) {
    return new Fact.LockTold(at, client, "l", fence, isHeld);
  }

  private static Fact.Operation guarded(long at, long fence, long revision) {
    return new Fact.Operation(
        "lock-1",
        "",
        new Span(at, at + 1),
        Request.when(
            new Guard("lock/l", Guard.Field.CREATED, "" + fence), new Step.Write("x", "v", 0)),
        Outcome.DONE,
        Optional.of(new Reply(revision, true, List.of(new Reply.Result(List.of(), 0)))),
        "");
  }

  @Test
  void holdersThatFollowEachOtherAreGood() {
    Fact[] facts = {
      lock(1, "a", 2, true),
      guarded(2, 2, 3),
      lock(4, "a", 2, false),
      lock(4, "b", 5, true),
      guarded(5, 5, 6),
      lock(9, "b", 5, false)
    };
    assertThat(locks.check(new History(List.of(facts))))
        .hasSize(3)
        .allMatch(each -> each.verdict() == Verdict.HELD);
  }

  @Test
  void seesTwoHoldersAtATime() {
    Fact.LockTold a = lock(1, "a", 2, true);
    Fact.LockTold b = lock(4, "b", 5, true);
    Fact.LockTold left = lock(5, "a", 2, false);
    assertBroken(finding(locks, "one holder", a, b, left), a, b, left);
    assertBroken(finding(locks, "one holder", a, b), a, b);
  }

  @Test
  void seesALongHolderBehindAShortOne() {
    Fact.LockTold a = lock(1, "a", 2, true);
    Fact.LockTold c = lock(6, "c", 8, true);
    Fact.LockTold end = lock(9, "a", 2, false);
    Finding finding =
        finding(locks, "one holder", a, lock(2, "b", 5, true), lock(3, "b", 5, false), c, end);
    assertThat(finding.verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(finding.why()).contains("b took l while a held it; and 1 more");
  }

  @Test
  void seesAFenceThatDoesNotGrow() {
    Fact.LockTold a = lock(1, "a", 5, true);
    Fact.LockTold b = lock(4, "b", 5, true);
    assertBroken(finding(locks, "fences", a, lock(3, "a", 5, false), b), a, b);
  }

  @Test
  void seesAWriteAfterOneWithAGreaterFence() {
    Fact.Operation late = guarded(8, 2, 9);
    Fact.Operation good = guarded(5, 5, 7);
    assertBroken(finding(locks, "no write", lock(1, "a", 2, true), good, late), good, late);
  }

  @Test
  void seesAWriteBeforeItsFence() {
    Fact.Operation odd = guarded(8, 9, 9);
    assertBroken(finding(locks, "no write", lock(1, "a", 2, true), odd), odd);
  }

  @Test
  void seesHashesThatDiffer() {
    Fact.Hash one = new Fact.Hash(1, "m1", 5, 0, 7);
    Fact.Hash other = new Fact.Hash(2, "m2", 5, 0, 8);
    assertBroken(finding(hashes, "hashes", one, other), one, other);
    Fact.Hash itself = new Fact.Hash(2, "m1", 5, 0, 8);
    assertBroken(finding(hashes, "hashes", one, itself), one, itself);
  }

  @Test
  void hashesOfOtherContentsAreNotCompared() {
    Fact.Hash one = new Fact.Hash(1, "m1", 5, 0, 7);
    Fact.Hash compacted = new Fact.Hash(2, "m2", 5, 3, 8);
    assertThat(finding(hashes, "hashes", one, compacted).verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    assertHeld(finding(hashes, "hashes", one, compacted, new Fact.Hash(3, "m3", 5, 3, 8)));
  }

  @Test
  void hashesOfTheOnlyMemberAreNotMissed() {
    Fact.Hash one = new Fact.Hash(1, "m1", 5, 0, 7);
    assertThat(hashes.check(new History(List.of(run("m1"), one)))).isEmpty();
    assertThat(finding(hashes, "hashes", run("m1", "m2"), one).verdict())
        .isEqualTo(Verdict.INCONCLUSIVE);
    Fact.Hash itself = new Fact.Hash(2, "m1", 5, 0, 8);
    assertBroken(finding(hashes, "hashes", run("m1"), one, itself), one, itself);
  }
}
