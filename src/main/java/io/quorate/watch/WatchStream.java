package io.quorate.watch;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** One client stream: its watches by id, and those of them that its full outlet holds back. */
final class WatchStream {
  final long id;
  final Outlet outlet;
  final long progressIntervalNanos;
  final Map<Long, Watcher> watchers = new LinkedHashMap<>();
  final Set<Watcher> notified = new LinkedHashSet<>();
  final Set<Watcher> parked = new LinkedHashSet<>();
  // How many of the parked ones are let go next while the outlet has room.
  int unparkNext;

  // Ids are given in order and never twice; those that the client took itself are stepped over.
  long nextId;
  int synced;
  // Watches that are waiting, lagging or parked: with any of them there is no progress to tell.
  int unready;
  long progressDueNanos;

  WatchStream(long id, Outlet outlet, long progressIntervalNanos) {
    this.id = id;
    this.outlet = outlet;
    this.progressIntervalNanos = progressIntervalNanos;
  }

  long takeId() {
    while (watchers.containsKey(nextId)) {
      nextId++;
    }
    return nextId++;
  }
}
