package io.quorate.raft;

import io.quorate.base.Check;
import java.util.Arrays;

/**
 * The term of every entry of the log, as runs of equal terms. Terms change with leaders, so the
 * table stays small while the log may hold millions of entries, and nobody reads the disk to learn
 * a term.
 *
 * <p>Example: entries 1..5 of term 1, 6..9 of term 4 are the runs (1, 1) and (6, 4). The base, the
 * entry before the first one, is a run of its own, so that its term is known, too.
 */
final class TermRuns {
  private long[] starts = new long[8];
  private long[] terms = new long[8];
  private int size;
  private long last;

  /** Forgets everything; the log begins behind {@code index}, which was of {@code term}. */
  void reset(long index, long term) {
    size = 0;
    push(index, term);
    last = index;
  }

  long last() {
    return last;
  }

  long lastTerm() {
    return terms[size - 1];
  }

  long first() {
    return starts[0];
  }

  void append(long index, long term) {
    Check.that(index == last + 1, "entry %d does not follow %d", index, last);
    Check.that(term >= lastTerm(), "term %d falls below %d", term, lastTerm());
    if (term != lastTerm()) {
      push(index, term);
    }
    last = index;
  }

  /** Appends entries of {@code term} behind the last one, up to {@code index}. */
  void appendUpTo(long index, long term) {
    append(last + 1, term);
    last = index;
  }

  /** Keeps everything up to {@code index}, which is not before the base. */
  void truncateAfter(long index) {
    Check.that(index >= starts[0] && index <= last, "no entry %d to cut behind", index);
    while (starts[size - 1] > index) {
      size--;
    }
    last = index;
  }

  /** Makes {@code index} the base. */
  void compact(long index) {
    int run = runOf(index);
    starts[run] = index;
    System.arraycopy(starts, run, starts, 0, size - run);
    System.arraycopy(terms, run, terms, 0, size - run);
    size -= run;
  }

  /** The term at {@code index}, from the base to the last entry. */
  long at(long index) {
    return terms[runOf(index)];
  }

  /** The highest index not above {@code index} whose term is not above {@code term}. */
  long lastNotAbove(long term, long index) {
    int run = runOf(Math.min(index, last));
    long candidate = Math.min(index, last);
    while (run > 0 && terms[run] > term) {
      candidate = starts[run] - 1;
      run--;
    }
    return candidate;
  }

  private int runOf(long index) {
    Check.that(
        index >= starts[0] && index <= last, "no term of %d in %d..%d", index, starts[0], last);
    // Nearly every question is about the newest run.
    if (index >= starts[size - 1]) {
      return size - 1;
    }
    int found = Arrays.binarySearch(starts, 0, size, index);
    return found >= 0 ? found : -found - 2;
  }

  private void push(long index, long term) {
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, size * 2);
      terms = Arrays.copyOf(terms, size * 2);
    }
    starts[size] = index;
    terms[size] = term;
    size++;
  }
}
