package io.quorate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogOutline;
import io.quorate.raft.LogSource;
import io.quorate.raft.RaftConfig;
import io.quorate.raft.RaftCore;
import io.quorate.raft.SnapshotMeta;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LogStartTest {
  private static final Membership TWO = Membership.of(Set.of(1L, 2L));
  private static final Membership ONE = Membership.of(Set.of(1L));

  private static LogStart.Store store(LogStart.Origin origin) {
    return new LogStart.Store(origin, new SnapshotMeta(1, 1, TWO));
  }

  private static Entry entry(long index) {
    return new Entry(1, index, Entry.Kind.NORMAL, Bytes.utf8("e"));
  }

  private static RaftCore start(LogStart.Origin origin, Membership noted, long notedAt) {
    LogContent recovered =
        new LogContent(
            new HardState(1, 0, 1),
            LogOutline.of(1, 1),
            List.of(entry(2), entry(3)),
            noted,
            notedAt);
    return LogStart.core(
        new RaftConfig(1, 10, 1, true, RaftConfig.Limits.DEFAULT),
        recovered,
        store(origin),
        LogSource.NONE,
        1 << 20,
        new SeededRandom(1));
  }

  @Test
  void aMembershipThatWasNotedWasCommitted() {
    // The last thing that the two agreed on was that one of them goes; nobody has said it since.
    assertThat(start(LogStart.Origin.APPLIED, ONE, 3).log().commit()).isEqualTo(3);
    assertThat(start(LogStart.Origin.APPLIED, TWO, 1).log().commit()).isEqualTo(1);
  }

  @Test
  void aStoreThatIsLostTakesTheLogAsItIs() {
    RaftCore core = start(LogStart.Origin.LOST, ONE, 3);
    assertThat(core.membership()).isEqualTo(ONE);
    assertThat(core.ready().committed()).isEmpty();
    assertThat(
            LogStart.anew(
                new LogContent(
                    new HardState(1, 0, 1), LogOutline.of(1, 1), List.of(entry(2)), ONE, 2),
                store(LogStart.Origin.LOST)))
        .isNull();
  }

  @Test
  void aLogThatIsNotThatOfTheStoreIsRefused() {
    // The log of a cluster that a snapshot was restored in, and a store that was founded empty.
    LogContent restored =
        new LogContent(new HardState(3, 0, 1), LogOutline.of(1, 2), List.of(entry(2)), TWO, 1);
    assertThatThrownBy(() -> LogStart.anew(restored, store(LogStart.Origin.APPLIED)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("journal holds entry 1 of term 2, but the store one of term 1");
    // One that was lost is repaired by others, and never by what the log begins with.
    assertThat(LogStart.anew(restored, store(LogStart.Origin.LOST))).isNull();
  }
}
