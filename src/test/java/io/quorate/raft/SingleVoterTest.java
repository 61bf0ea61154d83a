package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SingleVoterTest {
  private final RaftCore core = start(RaftConfig.of(1));

  private static RaftCore start(RaftConfig config) {
    return new RaftCore(
        config,
        new RaftLog(LogSource.NONE, 1 << 20),
        HardState.INITIAL,
        Membership.of(Set.of(1L)),
        0,
        new SeededRandom(1));
  }

  @Test
  void leadsAtOnceAndOpensItsTermWithAnEmptyEntry() {
    lead();
    assertThat(core.roleKind()).isEqualTo(RoleKind.LEADER);
    assertThat(core.term()).isEqualTo(1);
    assertThat(core.log().applied()).isEqualTo(1);
  }

  @Test
  void doesNotCountItsOwnVoteBeforeItIsDurable() {
    core.campaign();
    Ready ready = core.ready();
    assertThat(core.roleKind()).isEqualTo(RoleKind.CANDIDATE);
    assertThat(ready.persist()).isNotNull();
    assertThat(ready.persist().hardState()).isEqualTo(new HardState(1, 1, 0));
    core.persisted(ready.persist().ticket());
    assertThat(core.roleKind()).isEqualTo(RoleKind.LEADER);
  }

  @Test
  void gathersProposalsWhileAnAppendIsInFlight() {
    lead();
    core.propose(List.of(Bytes.utf8("a")));
    Ready first = core.ready();
    core.propose(List.of(Bytes.utf8("b"), Bytes.utf8("c")));
    core.propose(List.of(Bytes.utf8("d")));
    assertThat(core.ready().isEmpty()).isTrue();
    core.persisted(first.persist().ticket());
    Ready second = core.ready();
    assertThat(second.committed()).extracting(e -> e.data().utf8()).containsExactly("a");
    assertThat(second.persist().entries())
        .extracting(e -> e.data().utf8())
        .containsExactly("b", "c", "d");
  }

  @Test
  void answersReadsAtOnceButOnlyBehindAnEntryOfItsTerm() {
    core.campaign();
    core.persisted(core.ready().persist().ticket());
    core.readIndex(7);
    Ready opening = core.ready();
    assertThat(opening.reads()).isEmpty();
    core.persisted(opening.persist().ticket());
    assertThat(core.ready().reads()).containsExactly(new ReadState(7, 1));
    core.readIndex(8);
    assertThat(core.ready().reads()).containsExactly(new ReadState(8, 1));
  }

  @Test
  void refusesProposalsBeyondTheBoundUntilTheyAreApplied() {
    RaftConfig.Limits limits = new RaftConfig.Limits(1000, 8, 1000, 100, 1000, 10);
    RaftCore small = start(RaftConfig.of(1).withLimits(limits));
    small.campaign();
    drain(small);
    Bytes payload = Bytes.wrap(new byte[60]);
    assertThat(small.propose(List.of(payload))).isEqualTo(ProposeResult.APPENDED);
    assertThat(small.propose(List.of(payload))).isEqualTo(ProposeResult.TOO_MANY_BYTES);
    drain(small);
    assertThat(small.propose(List.of(payload))).isEqualTo(ProposeResult.APPENDED);
  }

  @Test
  void cannotResign() {
    lead();
    assertThat(core.resign()).isFalse();
    assertThat(core.roleKind()).isEqualTo(RoleKind.LEADER);
  }

  private void lead() {
    assertThat(core.campaign()).isTrue();
    drain(core);
  }

  private static void drain(RaftCore core) {
    for (Ready ready = core.ready(); !ready.isEmpty(); ready = core.ready()) {
      if (ready.persist() != null) {
        core.persisted(ready.persist().ticket());
      }
      if (!ready.committed().isEmpty()) {
        core.applied(ready.committed().get(ready.committed().size() - 1).index());
      }
    }
  }
}
