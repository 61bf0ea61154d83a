package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RaftLogTest {
  private static Entry entry(long index, long term, int size) {
    return new Entry(term, index, Entry.Kind.NORMAL, Bytes.wrap(new byte[size]));
  }

  @Test
  void keepsNoMoreInMemoryThanItsBoundOnceApplied() {
    RaftLog log = new RaftLog(LogSource.NONE, 1000);
    log.start(0, 0);
    for (long i = 1; i <= 100; i++) {
      log.add(entry(i, 1, 76));
    }
    assertThat(log.tailBytes()).as("nothing is durable yet").isEqualTo(10_000);
    assertThat(log.handOut()).hasSize(100);
    log.inflightPersisted(null);
    log.commitTo(100);
    assertThat(log.nextToApply(Long.MAX_VALUE)).hasSize(100);
    assertThat(log.tailBytes()).as("nothing is applied yet").isEqualTo(10_000);
    log.appliedTo(100);
    assertThat(log.tailBytes()).isEqualTo(1000);
  }

  @Test
  void readsWhatLeftMemoryFromItsSource() {
    List<Entry> disk = new ArrayList<>();
    for (long i = 1; i <= 10; i++) {
      disk.add(entry(i, 1, 76));
    }
    RaftLog log = new RaftLog((from, to, max) -> disk.subList((int) from - 1, (int) to - 1), 300);
    log.replay(disk);
    log.start(0, 10);
    assertThat(log.tailBytes()).isEqualTo(300);
    assertThat(log.nextToApply(Long.MAX_VALUE)).isEqualTo(disk.subList(0, 7));
    assertThat(log.nextToApply(Long.MAX_VALUE)).isEqualTo(disk.subList(7, 10));
  }

  @Test
  void beginsWithWhatOnlyItsSourceHas() {
    List<Entry> disk = new ArrayList<>();
    for (long i = 1; i <= 10; i++) {
      disk.add(entry(i, i < 4 ? 1 : 3, 76));
    }
    RaftLog log = new RaftLog((from, to, max) -> disk.subList((int) from - 1, (int) to - 1), 1000);
    log.base(
        new LogOutline(
            1, 1, List.of(new LogOutline.Run(2, 1), new LogOutline.Run(4, 3)), 6, List.of(5L)));
    log.replay(disk.subList(6, 8));
    log.start(1, 8);
    assertThat(log.last()).isEqualTo(8);
    assertThat(log.term(3)).isEqualTo(1);
    assertThat(log.term(4)).isEqualTo(3);
    assertThat(log.hasUnappliedConfChange(8)).isTrue();
    assertThat(log.hasUnappliedConfChange(4)).isFalse();
    assertThat(log.nextToApply(Long.MAX_VALUE)).isEqualTo(disk.subList(1, 6));
    assertThat(log.nextToApply(Long.MAX_VALUE)).isEqualTo(disk.subList(6, 8));
    assertThat(log.hasUnhanded()).isFalse();
  }

  @Test
  void refusesWhatASourceShouldNotGive() {
    RaftLog log = new RaftLog((from, to, max) -> List.of(entry(from, 9, 76)), 100);
    log.replay(List.of(entry(1, 1, 76), entry(2, 1, 76)));
    assertThatThrownBy(() -> log.entries(1, 2, 1000))
        .hasMessage("log source gave 1..1 when asked from 1");
  }

  @Test
  void replaysRecordsThatOverwrite() {
    RaftLog log = new RaftLog(LogSource.NONE, 1 << 20);
    log.base(5, 2);
    log.replay(List.of(entry(6, 2, 1), entry(7, 2, 1), entry(8, 2, 1)));
    log.replay(List.of(entry(7, 3, 1)));
    assertThat(log.last()).isEqualTo(7);
    assertThat(log.lastTerm()).isEqualTo(3);
    assertThat(log.term(6)).isEqualTo(2);
    assertThat(log.term(5)).isEqualTo(2);
    assertThatThrownBy(() -> log.replay(List.of(entry(9, 3, 1))))
        .hasMessage("record begins at 9, but the log is 6..7");
  }

  @Test
  void boundsABatchByBytesButGivesAtLeastOne() {
    RaftLog log = new RaftLog(LogSource.NONE, 1 << 20);
    log.replay(List.of(entry(1, 1, 76), entry(2, 1, 76), entry(3, 1, 76)));
    assertThat(log.entries(1, 3, 1)).hasSize(1);
    assertThat(log.entries(1, 3, 200)).hasSize(2);
    assertThat(log.entries(1, 3, 299)).hasSize(2);
    assertThat(log.entries(1, 3, 300)).hasSize(3);
  }

  /** Against a plain list, for random appends, cuts, drops and questions. */
  @Test
  void termRunsAndTailAgreeWithAPlainList() {
    for (int seed = 0; seed < 50; seed++) {
      SeededRandom random = new SeededRandom(seed);
      RaftLog log = new RaftLog(LogSource.NONE, 1 << 20);
      log.start(0, 0);
      List<Entry> plain = new ArrayList<>();
      long term = 1;
      long low = 0;
      for (int step = 0; step < 400; step++) {
        int choice = random.nextInt(10);
        if (choice < 7) {
          term += random.chance(200) ? 1 : 0;
          Entry next = entry(plain.size() + 1L, term, random.nextInt(5));
          log.add(next);
          plain.add(next);
        } else if (choice < 8 && plain.size() > log.commit()) {
          long from = log.commit() + 1 + random.nextInt((int) (plain.size() - log.commit()));
          Entry conflict = entry(from, ++term, 1);
          log.merge(List.of(conflict));
          plain = new ArrayList<>(plain.subList(0, (int) from - 1));
          plain.add(conflict);
        } else if (choice < 9) {
          log.handOut();
          log.inflightPersisted(null);
          log.commitTo(log.last() - random.nextInt((int) (log.last() - log.commit()) + 1));
          log.nextToApply(Long.MAX_VALUE);
          log.appliedTo(log.applying());
        } else {
          low = Math.max(low, log.applied() - random.nextInt(5));
          log.compact(low);
        }
        assertThat(log.last()).isEqualTo(plain.size());
        for (long i = Math.max(1, low); i <= plain.size(); i++) {
          assertThat(log.term(i)).isEqualTo(plain.get((int) i - 1).term());
        }
        assertThat(log.entries(low + 1, plain.size(), Long.MAX_VALUE))
            .isEqualTo(plain.subList((int) low, plain.size()));
      }
    }
  }
}
