package io.quorate.raft;

import java.util.List;

/**
 * What a log has to know of entries that it leaves to its {@link LogSource}: their terms, and which
 * of them change the membership. A few numbers stand for millions of entries.
 *
 * @param prevIndex the index before the first of them
 * @param prevTerm the term of the entry there
 * @param runs runs of equal terms, ascending; none when there are no such entries
 * @param last the index of the last of them, {@code prevIndex} when there are none
 * @param confChanges the indexes of those that change the membership, ascending
 */
public record LogOutline(
    long prevIndex, long prevTerm, List<Run> runs, long last, List<Long> confChanges) {
  /**
   * Entries of one term, up to the next run.
   *
   * @param first the index of the first of them
   * @param term their term
   */
  public record Run(long first, long term) {}

  /** Copies the lists. */
  public LogOutline {
    runs = List.copyOf(runs);
    confChanges = List.copyOf(confChanges);
  }

  /** Of no entries: the log begins behind {@code prevIndex}. */
  public static LogOutline of(long prevIndex, long prevTerm) {
    return new LogOutline(prevIndex, prevTerm, List.of(), prevIndex, List.of());
  }

  /** The term at {@code index}, which is between {@code prevIndex} and {@code last}. */
  public long term(long index) {
    long term = prevTerm;
    for (Run run : runs) {
      if (run.first() > index) {
        break;
      }
      term = run.term();
    }
    return term;
  }
}
