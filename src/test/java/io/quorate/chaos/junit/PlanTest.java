package io.quorate.chaos.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.chaos.cluster.Program;
import io.quorate.chaos.nemesis.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static final Program QUORATE = new Program(List.of("quorate"), Program.Kind.QUORATE, "0");
  private static final Program ETCD = new Program(List.of("etcd"), Program.Kind.ETCD, "0");

  private final List<String> said = new ArrayList<>();

  private Plan plan(Program program, int members, Set<Kind> kinds) {
    return Plan.of(program, members, kinds, 1, said::add);
  }

  @Test
  void leavesOutWhatCannotBeDoneAndSaysSo() {
    Plan plan = plan(QUORATE, 1, EnumSet.of(Kind.KILL_LEADER, Kind.TWO_WAY));
    assertThat(plan.kinds()).containsExactly(Kind.KILL_LEADER);
    assertThat(said).containsExactly("without two-way: needs three members");
  }

  @Test
  void isNoneIfNothingCanBeDone() {
    assertThatThrownBy(() -> plan(ETCD, 3, EnumSet.of(Kind.FLIP_LOG, Kind.FLIP_STORE)))
        .isInstanceOf(ChaosException.class)
        .hasMessageStartingWith("none of the faults can be done here: without flip-log: etcd");
  }

  @Test
  void membersHaveDisksOfTheirOwnOnlyForFaultsOfDisks() {
    assertThat(plan(QUORATE, 3, EnumSet.of(Kind.KILL)).setup().diskMebibytes()).isZero();
    Plan ofDisks = new Plan(QUORATE, 3, List.of(Kind.KILL, Kind.FULL_DISK), 1);
    assertThat(ofDisks.setup().diskMebibytes()).isPositive();
  }

  @Test
  void clocksAreSetOnlyIfThatIsAFault() {
    assertThat(new Plan(QUORATE, 3, List.of(Kind.KILL), 1).setup().setsClocks()).isFalse();
    assertThat(new Plan(QUORATE, 3, List.of(Kind.CLOCK), 1).setup().setsClocks()).isTrue();
  }

  @Test
  void onlyQuorateIsToldToReplaceAMemberThatLostItsDisk() {
    assertThat(new Plan(QUORATE, 3, List.of(Kind.KILL), 1).setup().flags()).hasSize(1);
    assertThat(new Plan(ETCD, 3, List.of(Kind.KILL), 1).setup().flags()).isEmpty();
  }
}
