package io.quorate.chaos.check;

import io.quorate.chaos.history.History;
import io.quorate.chaos.model.Register;
import java.util.ArrayList;
import java.util.List;

/** All checkers. */
public final class Checks {
  private static final List<Checker> ALL =
      List.of(
          new Completeness(),
          new Linearizability<>("single keys are linearizable", new Register()),
          new SerialOrder(),
          new ListAppend("append"),
          new WatchGuarantees(),
          new LeaseRules(),
          new LockRules("lock"),
          new Hashes(),
          new FinalStates());

  private Checks() {}

  /** What each of them says; one that fails itself has found nothing out. */
  public static List<Finding> all(History history) {
    return all(ALL, history);
  }

  static List<Finding> all(List<Checker> checkers, History history) {
    List<Finding> findings = new ArrayList<>();
    for (Checker each : checkers) {
      try {
        findings.addAll(each.check(history));
      } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
        findings.add(
            Finding.inconclusive(
                each.getClass().getSimpleName() + " came to a result", "it failed: " + e, 0));
      }
    }
    return findings;
  }

  /** The worst of all verdicts; nothing proves nothing. */
  public static Verdict verdict(List<Finding> findings) {
    return findings.stream()
        .map(Finding::verdict)
        .reduce(Verdict::and)
        .orElse(Verdict.INCONCLUSIVE);
  }
}
