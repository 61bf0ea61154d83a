package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ReconfigurationTest {
  private static final Membership THREE = Membership.of(Set.of(1L, 2L, 3L));

  private static ConfChange change(ConfChange.Mode mode, ConfChange.Step... steps) {
    return new ConfChange(mode, List.of(steps), Bytes.EMPTY);
  }

  private static ConfChange.Step step(ConfChange.Op op, long id) {
    return new ConfChange.Step(op, id);
  }

  @Test
  void aChangeSurvivesItsEncoding() {
    ConfChange change =
        new ConfChange(
            ConfChange.Mode.JOINT_EXPLICIT,
            List.of(step(ConfChange.Op.ADD_LEARNER, -7), step(ConfChange.Op.UPDATE, 9)),
            Bytes.utf8("peer url"));
    assertThat(ConfChange.decode(change.encode())).isEqualTo(change);
    assertThat(ConfChange.decode(ConfChange.LEAVE_JOINT.encode()).leavesJoint()).isTrue();
  }

  @Test
  void refusesBytesThatAreNoChange() {
    Bytes good = ConfChange.of(ConfChange.Op.REMOVE, 3).encode();
    for (int cut = 0; cut < good.size(); cut++) {
      Bytes bad = good.slice(0, cut);
      assertThatThrownBy(() -> ConfChange.decode(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aDemotedVoterIsALearnerOnlyWhenTheJointPhaseEnds() {
    Membership joint =
        Reconfiguration.apply(
            THREE, change(ConfChange.Mode.JOINT, step(ConfChange.Op.ADD_LEARNER, 3)));
    assertThat(joint.learners()).isEmpty();
    assertThat(joint.learnersNext()).containsExactly(3L);
    assertThat(joint.autoLeave()).isTrue();
    Membership after = Reconfiguration.apply(joint, ConfChange.LEAVE_JOINT);
    assertThat(after.learners()).containsExactly(3L);
    assertThat(after.voters()).containsExactly(1L, 2L);
    assertThat(after.isJoint()).isFalse();
  }

  @Test
  void refusesIllegalMoves() {
    assertThatThrownBy(() -> Reconfiguration.apply(THREE, ConfChange.LEAVE_JOINT))
        .hasMessage("the membership is not joint");
    Membership joint =
        Reconfiguration.apply(
            THREE, change(ConfChange.Mode.JOINT, step(ConfChange.Op.ADD_VOTER, 4)));
    assertThatThrownBy(() -> Reconfiguration.apply(joint, ConfChange.of(ConfChange.Op.REMOVE, 1)))
        .hasMessage("the membership is joint already");
    Membership alone = Membership.of(Set.of(1L));
    assertThatThrownBy(() -> Reconfiguration.apply(alone, ConfChange.of(ConfChange.Op.REMOVE, 1)))
        .hasMessage("the change would leave no voter");
    assertThatThrownBy(
            () -> Reconfiguration.apply(alone, ConfChange.of(ConfChange.Op.ADD_VOTER, 0)))
        .hasMessage("member id 0 stands for nobody");
  }

  /** Any two memberships in a row have no two quorums that miss each other. */
  @Test
  void neighboursAlwaysOverlap() {
    SeededRandom random = new SeededRandom(5);
    Membership now = THREE;
    for (int round = 0; round < 3000; round++) {
      List<ConfChange.Step> steps = new ArrayList<>();
      for (int n = random.nextInt(3); n >= 0; n--) {
        steps.add(step(ConfChange.Op.values()[random.nextInt(4)], 1 + random.nextInt(6)));
      }
      ConfChange change =
          now.isJoint()
              ? ConfChange.LEAVE_JOINT
              : new ConfChange(ConfChange.Mode.values()[random.nextInt(3)], steps, Bytes.EMPTY);
      try {
        Membership next = Reconfiguration.apply(now, change);
        TreeSet<Long> both = new TreeSet<>(next.voters());
        both.retainAll(next.learners());
        assertThat(both).isEmpty();
        assertThat(next.outgoing()).containsAll(next.learnersNext());
        assertThat(overlap(now, next)).as("%s then %s", now, next).isTrue();
        now = next;
      } catch (IllegalArgumentException refused) {
        assertThat(refused).hasMessageContaining("no voter");
      }
    }
  }

  private static boolean overlap(Membership a, Membership b) {
    for (int mask = 0; mask < 1 << 7; mask++) {
      int chosen = mask;
      if (isQuorum(a, chosen) && isQuorum(b, ~chosen)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isQuorum(Membership m, int mask) {
    return new io.quorate.raft.quorum.Quorum(m.voters(), m.outgoing())
        .reachedBy(id -> (mask >> id & 1) == 1);
  }
}
