package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a history says enough that anything can be concluded from it: the run came to its end,
 * clients were answered, and each fault took effect. If not, nothing is broken, and nothing proven.
 */
public final class Completeness implements Checker {
  /** How many operations of a workload have to be answered. */
  public static final int OPERATIONS_MIN = 50;

  @Override
  public List<Finding> check(History history) {
    return List.of(end(history), operations(history), faults(history));
  }

  private static Finding end(History history) {
    String promise = "the run came to its end";
    List<Fact> facts = history.facts();
    if (history.of(Fact.Run.class).size() != 1 || !(facts.get(0) instanceof Fact.Run)) {
      return Finding.inconclusive(promise, "the history does not begin with what was run", 0);
    }
    if (!(facts.get(facts.size() - 1) instanceof Fact.End end)) {
      return Finding.inconclusive(promise, "the history is cut", 0);
    }
    return end.isComplete()
        ? Finding.held(promise, 1, facts.size() + " facts")
        : Finding.inconclusive(promise, end.why(), 1);
  }

  private static Finding operations(History history) {
    String promise = "clients were answered";
    Map<String, Long> answered = new LinkedHashMap<>();
    for (Fact.Operation each : history.of(Fact.Operation.class)) {
      if (!each.workload().equals(Fact.FINAL)) {
        answered.merge(each.workload(), each.reply().isPresent() ? 1L : 0L, Long::sum);
      }
    }
    List<String> few = new ArrayList<>();
    answered.forEach(
        (workload, count) -> {
          if (count < OPERATIONS_MIN) {
            few.add(workload + " " + count);
          }
        });
    long all = answered.values().stream().mapToLong(Long::longValue).sum();
    return answered.isEmpty() || !few.isEmpty()
        ? Finding.inconclusive(
            promise,
            "too few operations, at least " + OPERATIONS_MIN + " of each workload: " + few,
            all)
        : Finding.held(promise, all, all + " operations");
  }

  private static Finding faults(History history) {
    String promise = "each fault took effect";
    List<Fact.Fault> faults = history.of(Fact.Fault.class);
    List<Fact.Fault> vain = faults.stream().filter(each -> !each.isProven()).toList();
    if (!vain.isEmpty()) {
      Fact.Fault first = vain.get(0);
      return new Finding(
          promise,
          Verdict.INCONCLUSIVE,
          vain.size() + " did not, " + first.kind() + " first: " + first.evidence(),
          faults.size(),
          List.copyOf(vain));
    }
    return faults.isEmpty()
        ? Finding.inconclusive(promise, "there was none", 0)
        : Finding.held(promise, faults.size(), faults.size() + " faults");
  }
}
