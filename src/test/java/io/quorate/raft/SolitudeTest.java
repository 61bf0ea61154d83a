package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SolitudeTest {
  private static final long SELF = 1;
  private static final long OTHER = 2;

  private final RaftCore core =
      new RaftCore(
          RaftConfig.of(SELF),
          new RaftLog(LogSource.NONE, 1 << 20),
          HardState.INITIAL,
          Membership.of(Set.of(SELF)),
          0,
          new SeededRandom(1));
  private final Solitude solitude = new Solitude();

  /** Writes all that is to be written, and applies nothing. */
  private void write() {
    for (Ready ready = core.ready(); !ready.isEmpty(); ready = core.ready()) {
      if (ready.persist() != null) {
        core.persisted(ready.persist().ticket());
      }
    }
  }

  private void lead() {
    core.campaign();
    write();
    core.applied(core.log().last());
  }

  private boolean isAt(long applied) {
    return solitude.isAt(core, applied);
  }

  /** Proposes, writes and applies a change, and returns its index. */
  private long change(ConfChange.Op op, long id) {
    ConfChange change = ConfChange.of(op, id);
    assertThat(core.proposeConfChange(change)).isEqualTo(ProposeResult.APPENDED);
    write();
    long index = core.log().last();
    core.applyConfChange(index, change);
    core.applied(index);
    return index;
  }

  @Test
  void beginsWhenTheFirstEntryOfTheTermIsApplied() {
    assertThat(isAt(0)).isFalse();
    core.campaign();
    assertThat(isAt(0)).isFalse();
    write();
    assertThat(core.roleKind()).isEqualTo(RoleKind.LEADER);
    assertThat(isAt(core.log().last() - 1)).isFalse();
    assertThat(isAt(core.log().last())).isTrue();
  }

  @Test
  void lastsWhileProposalsComeAndGo() {
    lead();
    long applied = core.log().last();
    assertThat(isAt(applied)).isTrue();
    core.propose(List.of(Bytes.utf8("a"), Bytes.utf8("b")));
    assertThat(isAt(applied)).isTrue();
  }

  @Test
  void endsWithTheFirstLearnerOrVoter() {
    lead();
    assertThat(isAt(core.log().last())).isTrue();
    long learner = change(ConfChange.Op.ADD_LEARNER, OTHER);
    assertThat(isAt(learner)).isFalse();
    long voter = change(ConfChange.Op.ADD_VOTER, OTHER);
    assertThat(isAt(voter)).isFalse();
  }

  @Test
  void beginsAgainWhenAllIsAppliedThatWasThereAsItBecameAlone() {
    lead();
    change(ConfChange.Op.ADD_LEARNER, OTHER);
    assertThat(isAt(core.log().last())).isFalse();
    ConfChange removal = ConfChange.of(ConfChange.Op.REMOVE, OTHER);
    core.proposeConfChange(removal);
    long removed = core.log().last();
    // What the learner may know as committed, and may have told its clients.
    core.propose(List.of(Bytes.utf8("a")));
    core.applyConfChange(removed, removal);
    assertThat(isAt(removed)).isFalse();
    assertThat(isAt(removed + 1)).isTrue();
    core.propose(List.of(Bytes.utf8("b")));
    assertThat(isAt(removed + 1)).isTrue();
  }
}
