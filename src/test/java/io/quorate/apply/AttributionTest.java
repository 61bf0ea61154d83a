package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AttributionTest {
  private static final Set<Long> THREE = Set.of(1L, 2L, 3L);

  private static Attribution damaged(Long... ids) {
    return new Attribution(Set.of(ids), false);
  }

  @Test
  void nobodyIsDamagedWhileAllAgree() {
    assertThat(Attribution.of(Map.of(1L, 7L, 2L, 7L, 3L, 7L), THREE)).isEqualTo(damaged());
    assertThat(Attribution.of(Map.of(1L, 7L), THREE)).isEqualTo(damaged());
    assertThat(Attribution.of(Map.of(), THREE)).isEqualTo(damaged());
  }

  @Test
  void whoDiffersFromAMajorityIsDamaged() {
    assertThat(Attribution.of(Map.of(1L, 7L, 2L, 7L, 3L, 8L), THREE)).isEqualTo(damaged(3L));
    assertThat(Attribution.of(Map.of(1L, 8L, 2L, 7L, 3L, 7L), THREE)).isEqualTo(damaged(1L));
  }

  @Test
  void aLearnerMayBeDamagedButDecidesNothing() {
    Map<Long, Long> answers = Map.of(1L, 7L, 2L, 7L, 9L, 8L);
    assertThat(Attribution.of(answers, THREE)).isEqualTo(damaged(9L));
    assertThat(Attribution.of(Map.of(1L, 7L, 8L, 8L, 9L, 8L), THREE)).isEqualTo(damaged());
  }

  @Test
  void aMajorityIsOneOfAllVotersNotOfThoseThatAnswered() {
    assertThat(Attribution.of(Map.of(1L, 7L, 2L, 8L), THREE)).isEqualTo(damaged());
    Set<Long> five = Set.of(1L, 2L, 3L, 4L, 5L);
    assertThat(Attribution.of(Map.of(1L, 7L, 2L, 7L, 3L, 8L), five)).isEqualTo(damaged());
  }

  @Test
  void itIsUndecidedWhenNoDigestCanHaveAMajorityAnyMore() {
    assertThat(Attribution.of(Map.of(1L, 7L, 2L, 8L, 3L, 9L), THREE).undecided()).isTrue();
    assertThat(Attribution.of(Map.of(1L, 7L, 2L, 8L), Set.of(1L, 2L)).undecided()).isTrue();
    assertThat(Attribution.of(Map.of(1L, 7L, 2L, 8L), THREE).undecided()).isFalse();
  }
}
