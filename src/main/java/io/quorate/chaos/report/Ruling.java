package io.quorate.chaos.report;

import io.quorate.chaos.check.Finding;
import io.quorate.chaos.check.Verdict;
import io.quorate.chaos.history.Fact;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What is to be said of a whole run. It held only if every promise that was looked at held and the
 * run came to its end; one broken promise is enough to break it, however the run ended.
 *
 * @param verdict the worst of all
 * @param reason why, in one sentence
 */
public record Ruling(Verdict verdict, String reason) {
  /**
   * Judges a run.
   *
   * @param end how it ended; absent if it did not come to an end
   * @param findings what checkers said
   */
  public static Ruling of(Optional<Fact.End> end, List<Finding> findings) {
    List<Finding> worst = worstFirst(findings);
    if (!worst.isEmpty() && worst.get(0).verdict() == Verdict.BROKEN) {
      return new Ruling(Verdict.BROKEN, first(worst, Verdict.BROKEN));
    }
    if (end.isEmpty()) {
      return inconclusive("the run did not come to its end");
    }
    if (!end.get().isComplete()) {
      return inconclusive("the run was not completed: " + end.get().why());
    }
    if (worst.isEmpty()) {
      return inconclusive("no promise was checked");
    }
    if (worst.get(0).verdict() == Verdict.INCONCLUSIVE) {
      return inconclusive(first(worst, Verdict.INCONCLUSIVE));
    }
    long checked = findings.stream().mapToLong(Finding::checked).sum();
    return new Ruling(
        Verdict.HELD,
        Words.count(findings.size(), "promise") + " held in " + Words.count(checked, "check"));
  }

  /** The verdict in the words of a headline. */
  public String headline() {
    return switch (verdict) {
      case HELD -> "every promise held";
      case BROKEN -> "a promise was broken";
      case INCONCLUSIVE -> "inconclusive";
    };
  }

  /** Broken ones first, then those of which nothing is known; else as they were. */
  static List<Finding> worstFirst(List<Finding> findings) {
    return findings.stream()
        .sorted(Comparator.comparing(Finding::verdict, Comparator.reverseOrder()))
        .toList();
  }

  private static Ruling inconclusive(String reason) {
    return new Ruling(Verdict.INCONCLUSIVE, reason);
  }

  private static String first(List<Finding> worstFirst, Verdict verdict) {
    long same = worstFirst.stream().filter(each -> each.verdict() == verdict).count();
    Finding first = worstFirst.get(0);
    String more = same == 1 ? "" : ", and " + Words.count(same - 1) + " more";
    return first.promise() + ": " + first.why() + more;
  }
}
