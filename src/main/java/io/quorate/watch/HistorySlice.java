package io.quorate.watch;

import io.quorate.base.Check;
import java.util.List;

/**
 * The answer to a {@link HistoryRead}: whole revisions in order, or that they are compacted.
 *
 * @param changes every change from the read's first revision to below {@code nextRevision}
 * @param nextRevision the first revision that was not read, above the read's first one; 0 when
 *     compacted
 * @param compactRevision the compact revision when the read's first revision lies below it, else 0
 */
public record HistorySlice(List<Change> changes, long nextRevision, long compactRevision) {
  public HistorySlice {
    Check.that(
        (nextRevision == 0) != (compactRevision == 0),
        "a slice up to %d cannot be compacted at %d",
        nextRevision,
        compactRevision);
  }

  /** Every change up to below {@code nextRevision}. */
  public static HistorySlice of(List<Change> changes, long nextRevision) {
    return new HistorySlice(changes, nextRevision, 0);
  }

  /** The read began below {@code compactRevision}, so that some of its changes are gone. */
  public static HistorySlice compacted(long compactRevision) {
    return new HistorySlice(List.of(), 0, compactRevision);
  }
}
