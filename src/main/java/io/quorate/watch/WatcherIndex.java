package io.quorate.watch;

import io.quorate.base.Bytes;
import io.quorate.mvcc.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;

/**
 * Watches by what they watch: single keys by hash, ranges in an interval tree, so that a change
 * costs nothing to those it does not concern.
 */
final class WatcherIndex {
  private final HashMap<Bytes, WatcherGroup> keys = new HashMap<>();
  private final IntervalTree<WatcherGroup> ranges = new IntervalTree<>();

  void add(Watcher watcher) {
    WatcherGroup group;
    if (watcher.range.isSingle()) {
      group = keys.get(watcher.range.from());
      if (group == null) {
        group = new WatcherGroup(watcher.range);
        keys.put(watcher.range.from(), group);
      }
    } else {
      group = ranges.get(watcher.range);
      if (group == null) {
        group = new WatcherGroup(watcher.range);
        ranges.put(watcher.range, group);
      }
    }
    group.add(watcher);
  }

  void remove(Watcher watcher) {
    Cohort cohort = Objects.requireNonNull(watcher.cohort, "watch is in no index");
    WatcherGroup group = cohort.group;
    group.remove(watcher, cohort);
    if (group.isEmpty()) {
      if (group.range.isSingle()) {
        keys.remove(group.range.from());
      } else {
        ranges.remove(group.range);
      }
    }
  }

  boolean isEmpty() {
    return keys.isEmpty() && ranges.isEmpty();
  }

  /**
   * Matches {@code changes} with the watches. The caller ends the batch of each group it gets.
   *
   * @return the groups with at least one event, in the order of their first ones
   */
  List<WatcherGroup> match(List<Change> changes) {
    List<WatcherGroup> touched = new ArrayList<>();
    for (int i = 0; i < changes.size(); i++) {
      List<Event> events = changes.get(i).events();
      for (int j = 0; j < events.size(); j++) {
        match(events.get(j), touched);
      }
    }
    return touched;
  }

  private void match(Event event, List<WatcherGroup> touched) {
    Bytes key = event.kv().key();
    WatcherGroup group = keys.get(key);
    if (group != null && group.match(event)) {
      touched.add(group);
    }
    ranges.forEachAt(
        key,
        range -> {
          if (range.match(event)) {
            touched.add(range);
          }
        });
  }
}
