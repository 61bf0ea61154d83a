package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import java.util.List;

/**
 * What one checker says of a history.
 *
 * @param promise what was promised, in a few words, for people
 * @param verdict whether it held
 * @param why what is wrong, or what was looked at where nothing is; one line
 * @param checked how many things were looked at; a promise that nothing tried is not kept
 * @param evidence the fewest facts that show what is wrong, in their order; empty if nothing is
 */
public record Finding(
    String promise, Verdict verdict, String why, long checked, List<Fact> evidence) {
  /** Copies the list. */
  public Finding {
    evidence = List.copyOf(evidence);
  }

  /** The promise held, wherever it was tried; if it never was, that is not known. */
  public static Finding held(String promise, long checked, String what) {
    return checked > 0
        ? new Finding(promise, Verdict.HELD, what, checked, List.of())
        : inconclusive(promise, "nothing to check", 0);
  }

  /** Whether it held cannot be said. */
  public static Finding inconclusive(String promise, String why, long checked) {
    return new Finding(promise, Verdict.INCONCLUSIVE, why, checked, List.of());
  }

  /** The promise was broken. */
  public static Finding broken(
      String promise, String why, long checked, List<? extends Fact> evidence) {
    return new Finding(promise, Verdict.BROKEN, why, checked, List.copyOf(evidence));
  }
}
