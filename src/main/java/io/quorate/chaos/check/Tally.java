package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Counts what was looked at for one promise and keeps the first thing that was wrong with its
 * evidence; of further ones it keeps the number alone, so that it stays small. One thread.
 */
final class Tally {
  private final String promise;
  private long checked;
  private long breaches;
  private String breach = "";
  private List<Fact> evidence = List.of();
  private long doubts;
  private String doubt = "";

  Tally(String promise) {
    this.promise = promise;
  }

  /** One more thing was looked at. */
  void looked() {
    checked++;
  }

  /** So many more things were looked at. */
  void looked(long count) {
    checked += count;
  }

  /** Something was wrong; these facts show it, in any order, some perhaps twice. */
  void broken(String why, List<? extends Fact> facts) {
    if (breaches++ == 0) {
      breach = why;
      List<Fact> distinct = new ArrayList<>();
      for (Fact each : facts) {
        // Two facts may be equal and yet be two, such as one message that was told twice.
        if (distinct.stream().noneMatch(known -> known == each)) {
          distinct.add(each);
        }
      }
      distinct.sort(Comparator.comparingLong(Fact::at));
      evidence = List.copyOf(distinct);
    }
  }

  /** Something cannot be said. */
  void unsure(String why) {
    if (doubts++ == 0) {
      doubt = why;
    }
  }

  /** Whether nothing was looked at. */
  boolean isEmpty() {
    return checked == 0 && breaches == 0 && doubts == 0;
  }

  /** What there is to say, with {@code what} was looked at where nothing was wrong. */
  Finding finding(String what) {
    if (breaches > 0) {
      return Finding.broken(promise, breach + more(breaches), checked, evidence);
    }
    if (doubts > 0) {
      return Finding.inconclusive(promise, doubt + more(doubts), checked);
    }
    return Finding.held(promise, checked, what);
  }

  private static String more(long count) {
    return count == 1 ? "" : "; and " + (count - 1) + " more";
  }
}
