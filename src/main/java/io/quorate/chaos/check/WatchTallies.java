package io.quorate.chaos.check;

import java.util.ArrayList;
import java.util.List;

/** One {@link Tally} for each promise of watches. */
final class WatchTallies {
  final Tally ordered = new Tally("watch: revisions never go back");
  final Tally unique = new Tally("watch: no event is told twice");
  final Tally reliable = new Tally("watch: no event is left out");
  final Tally atomic = new Tally("watch: the events of a revision come together");
  final Tally resumable = new Tally("watch: goes on at the revision that was asked for");
  final Tally bookmarkable = new Tally("watch: progress counts what was told");
  final Tally previous = new Tally("watch: the row before is the row before");
  final Tally fields = new Tally("watch: created and version follow from what was before");
  final Tally agreed = new Tally("watch: all tell the same of a revision");
  final Tally complete = new Tally("watch: each came to the end of the run");

  /** What there is to say; a watch never does without all of these but the row before. */
  List<Finding> findings() {
    List<Finding> findings =
        new ArrayList<>(
            List.of(
                ordered.finding("events"),
                unique.finding("events"),
                reliable.finding("events that each watch had to tell"),
                atomic.finding("events"),
                resumable.finding("watches from a revision"),
                bookmarkable.finding("messages that said how far they went")));
    if (!previous.isEmpty()) {
      findings.add(previous.finding("events with a row before"));
    }
    findings.add(fields.finding("events"));
    findings.add(agreed.finding("changes that were told again"));
    findings.add(complete.finding("watchers"));
    return List.copyOf(findings);
  }
}
