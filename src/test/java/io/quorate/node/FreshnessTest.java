package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.node.Freshness.Heard;
import io.quorate.node.Freshness.Verdict;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a founder makes of the answers of the others. */
class FreshnessTest {
  private static Verdict sum(Verdict... others) {
    return Freshness.sum(Arrays.stream(others).map(each -> new Heard(each, 1)).toList()).verdict();
  }

  @Test
  void aQuorumThatRemembersNothingIsBelieved() {
    assertThat(sum(Verdict.FRESH)).isEqualTo(Verdict.FRESH);
    assertThat(sum(Verdict.FRESH, Verdict.FRESH)).isEqualTo(Verdict.FRESH);
    assertThat(sum(Verdict.FRESH, Verdict.AWAY)).isEqualTo(Verdict.FRESH);
    assertThat(sum(Verdict.FRESH, Verdict.FRESH, Verdict.AWAY, Verdict.AWAY))
        .isEqualTo(Verdict.FRESH);
  }

  @Test
  void lessThanAQuorumIsNot() {
    assertThat(sum(Verdict.AWAY)).isEqualTo(Verdict.UNSURE);
    assertThat(sum(Verdict.AWAY, Verdict.AWAY)).isEqualTo(Verdict.UNSURE);
    assertThat(sum(Verdict.FRESH, Verdict.AWAY, Verdict.AWAY)).isEqualTo(Verdict.UNSURE);
  }

  @Test
  void whoIsThereAndDoesNotAnswerIsWaitedFor() {
    assertThat(sum(Verdict.FRESH, Verdict.UNSURE)).isEqualTo(Verdict.UNSURE);
    assertThat(sum(Verdict.FRESH, Verdict.FRESH, Verdict.FRESH, Verdict.UNSURE))
        .isEqualTo(Verdict.UNSURE);
  }

  @Test
  void theHighestTermThatSomebodyKnowsOfIsPassedOn() {
    List<Heard> others =
        List.of(
            new Heard(Verdict.FRESH, 3), new Heard(Verdict.FRESH, 7), new Heard(Verdict.AWAY, 0));
    assertThat(Freshness.sum(others)).isEqualTo(new Heard(Verdict.FRESH, 7));
  }

  @Test
  void anAnswerSurvivesTheWire() {
    Heard heard = new Heard(Verdict.NEVER_LIVED, 1L << 40);
    assertThat(Heard.decode(heard.encode())).isEqualTo(heard);
  }

  @Test
  void nobodySaysOfItselfThatItIsAway() {
    Bytes away = new Heard(Verdict.AWAY, 1).encode();
    assertThatThrownBy(() -> Heard.decode(away)).isInstanceOf(IllegalArgumentException.class);
  }
}
