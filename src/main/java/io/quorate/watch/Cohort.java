package io.quorate.watch;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The watches of one stream with one range and one shape: they get equal responses but for the id,
 * so one delivery serves them all.
 */
final class Cohort {
  final WatcherGroup group;
  final WatchStream stream;
  final int shape;
  final Set<Watcher> watchers = new LinkedHashSet<>();

  // The hub's count of deliveries when this cohort got events last.
  long eventsAt;
  // Given away with deliveries, so never written to: replaced when the watches change.
  private long @Nullable [] ids;

  Cohort(WatcherGroup group, WatchStream stream, int shape) {
    this.group = group;
    this.stream = stream;
    this.shape = shape;
  }

  void add(Watcher watcher) {
    watchers.add(watcher);
    ids = null;
  }

  void remove(Watcher watcher) {
    watchers.remove(watcher);
    ids = null;
  }

  /** The ids in the order of {@link #watchers}. */
  long[] ids() {
    if (ids == null) {
      ids = new long[watchers.size()];
      int i = 0;
      for (Watcher watcher : watchers) {
        ids[i++] = watcher.id;
      }
    }
    return ids;
  }
}
