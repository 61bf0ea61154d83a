package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.journal.LogEvent;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecoveredLogTest {
  private static final long NO_BOUND = Long.MAX_VALUE;

  @Test
  void replacesAConflictingSuffix() {
    RecoveredLog log = new RecoveredLog(0, NO_BOUND);
    log.apply(append(1, 1, 5));
    log.apply(append(2, 3, 3));
    log.apply(append(2, 4, 4));
    JournalActor.Recovered recovered = log.toRecovered();
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
    assertThat(log.toRecovered().entries()).hasSize(5);
    assertThat(log.toRecovered().hardState()).isEqualTo(new HardState(7, 3, 4));
  }

  @Test
  void leavesAppliedEntriesBeyondTheBound() {
    long threeEntries = 3L * entry(1, 1).sizeBytes();
    RecoveredLog log = new RecoveredLog(8, threeEntries);
    log.apply(append(1, 1, 5));
    log.apply(append(2, 6, 10));
    JournalActor.Recovered recovered = log.toRecovered();
    assertThat(recovered.prevIndex()).isEqualTo(7);
    assertThat(recovered.prevTerm()).isEqualTo(2);
    assertThat(recovered.entries()).containsExactly(entry(2, 8), entry(2, 9), entry(2, 10));
  }

  @Test
  void keepsWhatIsNotAppliedWhateverItsSize() {
    RecoveredLog log = new RecoveredLog(2, 1);
    log.apply(append(1, 1, 5));
    assertThat(log.toRecovered().prevIndex()).isEqualTo(2);
    assertThat(log.toRecovered().entries()).hasSize(3);
  }

  @Test
  void goesOnWhereASuffixBelowTheBoundWasReplaced() {
    RecoveredLog log = new RecoveredLog(20, 1);
    log.apply(append(1, 1, 10));
    assertThat(log.toRecovered().prevIndex()).isEqualTo(10);
    log.apply(append(2, 4, 6));
    log.apply(append(3, 7, 25));
    JournalActor.Recovered recovered = log.toRecovered();
    assertThat(recovered.prevIndex()).isEqualTo(20);
    assertThat(recovered.prevTerm()).isEqualTo(3);
    assertThat(recovered.entries()).hasSize(5).startsWith(entry(3, 21));
  }

  @Test
  void countsOnlyWhatIsKept() {
    long threeEntries = 3L * entry(1, 1).sizeBytes();
    RecoveredLog log = new RecoveredLog(8, threeEntries);
    log.apply(append(1, 1, 3));
    log.apply(append(2, 2, 3));
    assertThat(log.toRecovered().prevIndex()).isZero();
    assertThat(log.toRecovered().entries()).containsExactly(entry(1, 1), entry(2, 2), entry(2, 3));
  }

  @Test
  void goesOnWhereASuffixBelowTheBaseWasReplaced() {
    RecoveredLog log = new RecoveredLog(0, NO_BOUND);
    log.apply(new LogEvent.LogReset(0, new HardState(1, 1, 0), 9, 1, 0, null));
    log.apply(append(2, 5, 7));
    JournalActor.Recovered recovered = log.toRecovered();
    assertThat(recovered.prevIndex()).isEqualTo(5);
    assertThat(recovered.prevTerm()).isEqualTo(2);
    assertThat(recovered.entries()).containsExactly(entry(2, 6), entry(2, 7));
  }

  @Test
  void startsAfterTheBase() {
    Membership members = Membership.of(Set.of(1L, 2L));
    RecoveredLog log = new RecoveredLog(0, NO_BOUND);
    log.apply(append(1, 1, 3));
    log.apply(new LogEvent.LogReset(0, new HardState(4, 2, 9), 9, 3, 8, members));
    log.apply(append(4, 10, 11));
    JournalActor.Recovered recovered = log.toRecovered();
    assertThat(recovered.prevIndex()).isEqualTo(9);
    assertThat(recovered.prevTerm()).isEqualTo(3);
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

  static Entry entry(long term, long index) {
    return new Entry(term, index, Entry.Kind.NORMAL, Bytes.ofLong(index));
  }

  static LogEvent.EntriesAppended append(long term, long first, long last) {
    return new LogEvent.EntriesAppended(
        0, new HardState(term, 1, 0), first, entries(term, first, last));
  }

  static List<Entry> entries(long term, long first, long last) {
    List<Entry> entries = new ArrayList<>();
    for (long index = first; index <= last; index++) {
      entries.add(entry(term, index));
    }
    return entries;
  }
}
