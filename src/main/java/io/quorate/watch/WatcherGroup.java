package io.quorate.watch;

import io.quorate.mvcc.Event;
import io.quorate.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All watches of one range in one {@link WatcherIndex}, by stream and shape, with the events that
 * matched the range in the batch at hand.
 */
final class WatcherGroup {
  private record Key(WatchStream stream, int shape) {}

  final KeyRange range;
  private final Map<Key, Cohort> cohorts = new LinkedHashMap<>();
  // By filter: [0] is unfiltered. Handed out, hence new lists for each batch.
  private final @Nullable List<Event>[] matched = newLists();

  WatcherGroup(KeyRange range) {
    this.range = range;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static @Nullable List<Event>[] newLists() {
    return new List[Watcher.FILTERS];
  }

  Iterable<Cohort> cohorts() {
    return cohorts.values();
  }

  boolean isEmpty() {
    return cohorts.isEmpty();
  }

  void add(Watcher watcher) {
    Key key = new Key(watcher.stream, watcher.shape);
    Cohort cohort = cohorts.get(key);
    if (cohort == null) {
      cohort = new Cohort(this, watcher.stream, watcher.shape);
      cohorts.put(key, cohort);
    }
    cohort.add(watcher);
    watcher.cohort = cohort;
  }

  void remove(Watcher watcher, Cohort cohort) {
    cohort.remove(watcher);
    if (cohort.watchers.isEmpty()) {
      cohorts.remove(new Key(cohort.stream, cohort.shape));
    }
    watcher.cohort = null;
  }

  /** Notes that {@code event} is for this group; true when it is the first one of the batch. */
  boolean match(Event event) {
    List<Event> all = matched[0];
    if (all != null) {
      all.add(event);
      return false;
    }
    all = new ArrayList<>(4);
    all.add(event);
    matched[0] = all;
    return true;
  }

  /** The events of the batch that a cohort of {@code shape} is to see, possibly none. */
  List<Event> matched(int shape) {
    int filter = shape & (Watcher.FILTERS - 1);
    List<Event> events = matched[filter];
    if (events == null) {
      events = new ArrayList<>();
      List<Event> all = matched[0];
      for (int i = 0; all != null && i < all.size(); i++) {
        if (!Watcher.leavesOut(filter, all.get(i).isDelete())) {
          events.add(all.get(i));
        }
      }
      matched[filter] = events;
    }
    return events;
  }

  /** Ends the batch. */
  void clearMatched() {
    for (int i = 0; i < matched.length; i++) {
      matched[i] = null;
    }
  }
}
