package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A member whose log is whole, but whose state machine is gone. */
class RepairTest {
  private static final Membership THREE = Membership.of(Set.of(1L, 2L, 3L));

  private RaftCore core;

  @BeforeEach
  void start() {
    start(RepairTest::entry);
  }

  private void start(LongFunction<Entry> made) {
    RaftLog log = new RaftLog(LogSource.NONE, 1 << 20);
    log.base(1, 1);
    List<Entry> entries = new ArrayList<>();
    for (long index = 2; index <= 5; index++) {
      entries.add(made.apply(index));
    }
    log.replay(entries);
    RaftConfig config = new RaftConfig(1, 10, 1, false, RaftConfig.Limits.DEFAULT);
    core = new RaftCore(config, log, new HardState(1, 0, 4), THREE, 1, new SeededRandom(1));
    core.awaitRepair();
  }

  private static Entry entry(long index) {
    return new Entry(1, index, Entry.Kind.NORMAL, Bytes.utf8("e" + index));
  }

  private List<Long> applied() {
    List<Long> indexes = new ArrayList<>();
    for (Ready ready = core.ready(); !ready.isEmpty(); ready = core.ready()) {
      ready.committed().forEach(entry -> indexes.add(entry.index()));
      if (ready.persist() != null) {
        core.persisted(ready.persist().ticket());
      }
    }
    return indexes;
  }

  @Test
  void appliesNothingAndNeverLeads() {
    assertThat(applied()).isEmpty();
    assertThat(core.campaign()).isFalse();
    core.step(new Message.TimeoutNow(2, 1, 1));
    assertThat(core.roleKind()).isEqualTo(RoleKind.FOLLOWER);
  }

  @Test
  void votesAndAcknowledgesAsBefore() {
    core.step(new Message.Append(2, 1, 1, 5, 1, 5, List.of(entry(6))));
    Ready ready = core.ready();
    assertThat(ready.messagesAfterPersist())
        .containsExactly(new Message.AppendReply(1, 2, 1, 6, true, 0, 0));
    core.persisted(ready.persist().ticket());
    core.step(new Message.Vote(3, 1, 2, new LogPosition(6, 1, 0, 0), true));
    assertThat(core.ready().messagesAfterPersist())
        .containsExactly(new Message.VoteReply(1, 3, 2, true, 5, 1));
  }

  @Test
  void goesOnBehindTheStateThatItIsGiven() {
    SnapshotMeta meta = new SnapshotMeta(3, 1, THREE);
    assertThat(core.canRewind(meta)).isTrue();
    core.rewind(meta);
    assertThat(applied()).containsExactly(4L);
    assertThat(core.canRewind(meta)).isFalse();
    assertThatThrownBy(() -> core.rewind(meta)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void standsAgainWhenTheStateHoldsEveryChangeOfTheMembership() {
    start(index -> new Entry(1, index, Entry.Kind.CONF_CHANGE, Bytes.EMPTY));
    core.rewind(new SnapshotMeta(5, 1, THREE));
    assertThat(core.campaign()).isTrue();
  }

  @Test
  void aStateBehindWhatItKnowsToBeCommittedCommits() {
    core.rewind(new SnapshotMeta(5, 1, THREE));
    assertThat(core.log().commit()).isEqualTo(5);
    assertThat(applied()).isEmpty();
    core.step(new Message.Append(2, 1, 1, 5, 1, 6, List.of(entry(6))));
    assertThat(applied()).containsExactly(6L);
  }

  @Test
  void takesNoStateThatItsLogDoesNotContinue() {
    assertThat(core.canRewind(new SnapshotMeta(6, 1, THREE))).isFalse();
    assertThat(core.canRewind(new SnapshotMeta(5, 2, THREE))).isFalse();
  }

  @Test
  void aSnapshotBeyondItsLogReplacesBoth() {
    core.step(new Message.InstallSnapshot(2, 1, 1, new SnapshotMeta(9, 1, THREE)));
    Ready ready = core.ready();
    assertThat(ready.persist().snapshot().index()).isEqualTo(9);
    core.persisted(ready.persist().ticket());
    core.step(new Message.Append(2, 1, 1, 9, 1, 10, List.of(entry(10))));
    assertThat(applied()).containsExactly(10L);
  }
}
