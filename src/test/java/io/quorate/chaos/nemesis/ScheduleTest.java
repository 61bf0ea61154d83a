package io.quorate.chaos.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final List<Kind> ALL = List.of(Kind.values());

  private static List<String> turns(long seed, int count) {
    Schedule schedule = new Schedule(ALL, seed);
    List<String> turns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Schedule.Turn turn = schedule.next();
      turns.add(
          turn.after() + " " + turn.kind() + " " + turn.lasts() + " " + turn.luck().nextLong());
    }
    return turns;
  }

  @Test
  void isTheSameForTheSameSeed() {
    assertThat(turns(7, 100)).isEqualTo(turns(7, 100)).isNotEqualTo(turns(8, 100));
  }

  @Test
  void hasEachKindOnceInEachTurn() {
    Schedule schedule = new Schedule(ALL, 3);
    for (int i = 0; i < 5; i++) {
      List<Kind> turn = new ArrayList<>();
      for (int j = 0; j < ALL.size(); j++) {
        turn.add(schedule.next().kind());
      }
      assertThat(turn).containsExactlyInAnyOrderElementsOf(ALL);
    }
  }

  @Test
  void staysWithinItsTimes() {
    Schedule schedule = new Schedule(ALL, 5);
    for (int i = 0; i < 1_000; i++) {
      Schedule.Turn turn = schedule.next();
      assertThat(turn.lasts()).isBetween(Schedule.FAULT_MIN, Schedule.FAULT_MAX);
      assertThat(turn.after()).isBetween(Schedule.PEACE_MIN, Schedule.PEACE_MAX);
    }
  }

  @Test
  void refusesToHaveNoFaults() {
    assertThatThrownBy(() -> new Schedule(List.of(), 1)).hasMessage("a schedule of no faults");
  }

  @Test
  void findsAKindByItsName() {
    assertThat(Kind.of("kill-leader")).contains(Kind.KILL_LEADER);
    assertThat(Kind.of("KILL")).isEmpty();
    assertThat(Kind.labels()).doesNotHaveDuplicates().hasSameSizeAs(ALL);
  }
}
