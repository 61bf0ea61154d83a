package io.quorate.chaos.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A good history holds for all checkers; altered in one place, the place is found. */
class MutationTest {
  private static final int SEEDS = 8;
  private static final int STEPS = 3_000;

  private static final List<Checker> CHECKERS =
      List.of(
          new WatchGuarantees(),
          new LeaseRules(),
          new LockRules("lock"),
          new Hashes(),
          new FinalStates(),
          new ListAppend("append"),
          new SerialOrder());

  private static List<Finding> findings(List<Fact> facts) {
    History history = new History(facts);
    return CHECKERS.stream().flatMap(each -> each.check(history).stream()).toList();
  }

  static Set<String> names() {
    return Mutations.all().keySet();
  }

  @Test
  void everyPromiseHoldsInAGoodHistory() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      List<Finding> findings = findings(ModelRun.facts(seed, STEPS));
      assertThat(findings).hasSize(28);
      for (Finding each : findings) {
        assertThat(each.verdict()).as("seed %s: %s", seed, each).isEqualTo(Verdict.HELD);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void findsWhatWasAltered(String name) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      List<Fact> facts = new ArrayList<>(ModelRun.facts(seed, STEPS));
      List<Fact> altered = Mutations.all().get(name).alter(facts, new Random(seed));
      List<Finding> broken =
          findings(facts).stream().filter(each -> each.verdict() == Verdict.BROKEN).toList();
      assertThat(broken)
          .as("%s, seed %s", name, seed)
          .anyMatch(each -> each.evidence().stream().anyMatch(altered::contains));
    }
  }

  @Test
  void twoHundredThousandFactsAreLookedAt() {
    List<Fact> facts = ModelRun.facts(1, 640_000);
    assertThat(facts.size()).isGreaterThan(200_000);
    assertThat(findings(facts)).allMatch(each -> each.verdict() == Verdict.HELD);
  }
}
