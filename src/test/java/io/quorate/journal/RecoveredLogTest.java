package io.quorate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogOutline;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

public class RecoveredLogTest {
  private static final long NO_BOUND = Long.MAX_VALUE;

  @Test
  void replacesAConflictingSuffix() {
    RecoveredLog log = new RecoveredLog(0, NO_BOUND);
    log.apply(append(1, 1, 5));
    log.apply(append(2, 3, 3));
    log.apply(append(2, 4, 4));
    LogContent recovered = log.content();
    assertThat(recovered.prevIndex()).isZero();
    assertThat(recovered.hardState()).isEqualTo(new HardState(2, 1, 0));
    assertThat(recovered.entries())
        .containsExactly(entry(1, 1), entry(1, 2), entry(2, 3), entry(2, 4));
  }

  @Test
  void keepsEntriesWhenOnlyTheHardStateChanges() {
    RecoveredLog log = new RecoveredLog(0, NO_BOUND);
    log.apply(append(1, 1, 5));
    log.apply(new LogEvent.EntriesAppended(0, new HardState(7, 3, 4), 3, List.of()));
    assertThat(log.content().entries()).hasSize(5);
    assertThat(log.content().hardState()).isEqualTo(new HardState(7, 3, 4));
  }

  @Test
  void leavesAppliedEntriesBeyondTheBound() {
    long threeEntries = 3L * entry(1, 1).sizeBytes();
    RecoveredLog log = new RecoveredLog(8, threeEntries);
    log.apply(append(1, 1, 5));
    log.apply(append(2, 6, 10));
    LogContent recovered = log.content();
    assertThat(recovered.prevIndex()).isEqualTo(7);
    assertThat(recovered.before().prevTerm()).isEqualTo(2);
    assertThat(recovered.entries()).containsExactly(entry(2, 8), entry(2, 9), entry(2, 10));
  }

  @Test
  void takesNothingForCommittedThatTheLogDoesNotSayIs() {
    long threeEntries = 3L * entry(1, 1).sizeBytes();
    RecoveredLog log = new RecoveredLog(RecoveredLog.AS_COMMITTED, threeEntries);
    log.apply(append(1, 1, 9));
    log.apply(new LogEvent.EntriesAppended(0, new HardState(1, 1, 4), 10, entries(1, 10, 12)));
    LogContent content = log.content();
    assertThat(content.prevIndex()).isZero();
    assertThat(content.before().last()).isEqualTo(9);
    log.apply(new LogEvent.EntriesAppended(0, new HardState(1, 1, 10), 13, entries(1, 13, 13)));
    assertThat(log.content().prevIndex()).isEqualTo(10);
    assertThat(log.content().entries()).isEqualTo(entries(1, 11, 13));
  }

  @Test
  void remembersAnOutlineOfWhatIsNotAppliedAndBeyondTheBound() {
    long threeEntries = 3L * entry(1, 1).sizeBytes();
    RecoveredLog log = new RecoveredLog(2, threeEntries);
    log.apply(append(1, 1, 5));
    log.apply(append(4, 6, 7));
    log.apply(changeAt(4, 8));
    log.apply(append(5, 9, 20));
    LogContent recovered = log.content();
    assertThat(recovered.before())
        .isEqualTo(
            new LogOutline(
                2,
                1,
                List.of(
                    new LogOutline.Run(3, 1), new LogOutline.Run(6, 4), new LogOutline.Run(9, 5)),
                17,
                List.of(8L)));
    assertThat(recovered.entries()).isEqualTo(entries(5, 18, 20));
    assertThat(recovered.lastIndex()).isEqualTo(20);
    for (long index = 2; index <= 20; index++) {
      assertThat(recovered.termAt(index)).isEqualTo(index < 6 ? 1 : index < 9 ? 4 : 5);
    }
    assertThat(recovered.termAt(1)).isZero();
    assertThat(recovered.termAt(21)).isZero();
  }

  @Test
  void cutsTheOutlineWhereASuffixThatWasLeftIsReplaced() {
    RecoveredLog log = new RecoveredLog(2, 1);
    log.apply(append(1, 1, 7));
    log.apply(changeAt(2, 8));
    log.apply(append(3, 9, 12));
    log.apply(append(6, 6, 7));
    LogContent recovered = log.content();
    assertThat(recovered.before())
        .isEqualTo(
            new LogOutline(
                2, 1, List.of(new LogOutline.Run(3, 1), new LogOutline.Run(6, 6)), 7, List.of()));
    assertThat(recovered.entries()).isEmpty();
    assertThat(recovered.lastIndex()).isEqualTo(7);
  }

  @Test
  void forgetsTheOutlineWhereTheLogBeginsAnew() {
    RecoveredLog log = new RecoveredLog(2, 1);
    log.apply(append(1, 1, 7));
    log.apply(new LogEvent.LogReset(0, new HardState(4, 2, 9), 9, 3, 9, null));
    assertThat(log.content().before()).isEqualTo(LogOutline.of(9, 3));
  }

  @Test
  void goesOnWhereASuffixBelowTheBoundWasReplaced() {
    RecoveredLog log = new RecoveredLog(20, 1);
    log.apply(append(1, 1, 10));
    assertThat(log.content().prevIndex()).isEqualTo(10);
    log.apply(append(2, 4, 6));
    log.apply(append(3, 7, 25));
    LogContent recovered = log.content();
    assertThat(recovered.prevIndex()).isEqualTo(20);
    assertThat(recovered.before().prevTerm()).isEqualTo(3);
    assertThat(recovered.before().last()).isEqualTo(25);
  }

  @Test
  void countsOnlyWhatIsKept() {
    long threeEntries = 3L * entry(1, 1).sizeBytes();
    RecoveredLog log = new RecoveredLog(8, threeEntries);
    log.apply(append(1, 1, 3));
    log.apply(append(2, 2, 3));
    assertThat(log.content().prevIndex()).isZero();
    assertThat(log.content().entries()).containsExactly(entry(1, 1), entry(2, 2), entry(2, 3));
  }

  @Test
  void goesOnWhereASuffixBelowTheBaseWasReplaced() {
    RecoveredLog log = new RecoveredLog(0, NO_BOUND);
    log.apply(new LogEvent.LogReset(0, new HardState(1, 1, 0), 9, 1, 0, null));
    log.apply(append(2, 5, 7));
    LogContent recovered = log.content();
    assertThat(recovered.prevIndex()).isEqualTo(5);
    assertThat(recovered.before().prevTerm()).isEqualTo(2);
    assertThat(recovered.entries()).containsExactly(entry(2, 6), entry(2, 7));
  }

  @Test
  void startsAfterTheBase() {
    Membership members = Membership.of(Set.of(1L, 2L));
    RecoveredLog log = new RecoveredLog(0, NO_BOUND);
    log.apply(append(1, 1, 3));
    log.apply(new LogEvent.LogReset(0, new HardState(4, 2, 9), 9, 3, 8, members));
    log.apply(append(4, 10, 11));
    LogContent recovered = log.content();
    assertThat(recovered.prevIndex()).isEqualTo(9);
    assertThat(recovered.before().prevTerm()).isEqualTo(3);
    assertThat(recovered.members()).isEqualTo(members);
    assertThat(recovered.membersIndex()).isEqualTo(8);
    assertThat(recovered.entries()).containsExactly(entry(4, 10), entry(4, 11));
  }

  @Test
  void refusesAGap() {
    RecoveredLog log = new RecoveredLog(0, NO_BOUND);
    log.apply(append(1, 1, 3));
    assertThatThrownBy(() -> log.apply(append(1, 5, 5)))
        .hasMessage("log has a gap: entry 5 follows entry 3");
  }

  /** An entry that tells its index. */
  public static Entry entry(long term, long index) {
    return new Entry(term, index, Entry.Kind.NORMAL, Bytes.ofLong(index));
  }

  private static LogEvent.EntriesAppended changeAt(long term, long index) {
    Entry change = new Entry(term, index, Entry.Kind.CONF_CHANGE, Bytes.ofLong(index));
    return new LogEvent.EntriesAppended(0, new HardState(term, 1, 0), index, List.of(change));
  }

  static LogEvent.EntriesAppended append(long term, long first, long last) {
    return new LogEvent.EntriesAppended(
        0, new HardState(term, 1, 0), first, entries(term, first, last));
  }

  /** Those of {@code term} from {@code first} to {@code last}. */
  public static List<Entry> entries(long term, long first, long last) {
    List<Entry> entries = new ArrayList<>();
    for (long index = first; index <= last; index++) {
      entries.add(entry(term, index));
    }
    return entries;
  }
}
