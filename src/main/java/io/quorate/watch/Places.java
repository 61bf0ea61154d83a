package io.quorate.watch;

import io.quorate.base.Check;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where all watches stand. Each is in exactly one place: the index of the synced ones, the waiting
 * ones by start revision, the lagging ones by next revision, the parked ones of its stream, or
 * gone.
 */
final class Places {
  // A watch that lags far takes all the room of its stream, so few are let go at first.
  private static final int UNPARK_MIN = 8;

  private final WatcherIndex synced = new WatcherIndex();
  private final NavigableMap<Long, Set<Watcher>> waiting = new TreeMap<>();
  private final NavigableMap<Long, Set<Watcher>> lagging = new TreeMap<>();
  // Streams that have room and, as far as is known, parked watches.
  private final Set<WatchStream> roomy = new LinkedHashSet<>();
  private int watchers;
  private int slow;

  WatcherIndex synced() {
    return synced;
  }

  /** The lagging watches by next revision; changed only by {@link #move}. */
  NavigableMap<Long, Set<Watcher>> lagging() {
    return lagging;
  }

  /** How many watches are not gone. */
  int watchers() {
    return watchers;
  }

  /** How many watches lag or are parked. */
  int slow() {
    return slow;
  }

  /** The lowest start revision that a watch waits for; {@link Long#MAX_VALUE} for none. */
  long nextStart() {
    return waiting.isEmpty() ? Long.MAX_VALUE : waiting.firstKey();
  }

  /** The one way from place to place; {@code nextRevision} says nothing when synced or gone. */
  void move(Watcher watcher, Watcher.Place to, long nextRevision) {
    WatchStream stream = watcher.stream;
    switch (watcher.place) {
      case SYNCED -> {
        if (watcher.cohort != null) {
          watcher.eventsAt = Math.max(watcher.eventsAt, watcher.cohort.eventsAt);
        }
        synced.remove(watcher);
        stream.synced--;
      }
      case WAITING -> take(waiting, watcher);
      case LAGGING -> take(lagging, watcher);
      case PARKED -> stream.parked.remove(watcher);
      case GONE -> watchers++;
    }
    count(watcher, -1);
    watcher.place = to;
    watcher.nextRevision = nextRevision;
    count(watcher, 1);
    switch (to) {
      case SYNCED -> {
        synced.add(watcher);
        stream.synced++;
      }
      case WAITING -> put(waiting, watcher);
      case LAGGING -> put(lagging, watcher);
      case PARKED -> stream.parked.add(watcher);
      case GONE -> watchers--;
    }
  }

  /** Moves the watches that waited for a revision up to {@code reached}. */
  void startWaiting(long reached, Watcher.Place to) {
    while (nextStart() <= reached && !waiting.isEmpty()) {
      for (Watcher watcher : List.copyOf(waiting.firstEntry().getValue())) {
        move(watcher, to, watcher.nextRevision);
      }
    }
  }

  /** Parks the watches that lag at {@code position} and whose stream is full. */
  void parkFull(long position) {
    Set<Watcher> set = lagging.get(position);
    if (set != null) {
      for (Watcher watcher : List.copyOf(set)) {
        if (watcher.stream.outlet.roomBytes() <= 0) {
          move(watcher, Watcher.Place.PARKED, position);
        }
      }
    }
  }

  /** Notes that the outlet of {@code stream} has room again; {@link #unpark} makes use of it. */
  void hasRoom(WatchStream stream) {
    stream.unparkNext = UNPARK_MIN;
    roomy.add(stream);
  }

  /** Whether there are streams with room to {@link #unpark}. */
  boolean mayUnpark() {
    return !roomy.isEmpty();
  }

  /**
   * Lets some parked watches of the streams that have room lag again, twice as many of a stream
   * each time. A stream that turns out to be full is left until it is told to have room again.
   */
  void unpark() {
    for (Iterator<WatchStream> each = roomy.iterator(); each.hasNext(); ) {
      WatchStream stream = each.next();
      if (stream.parked.isEmpty() || stream.outlet.roomBytes() <= 0) {
        each.remove();
      } else {
        stream.parked.stream()
            .limit(stream.unparkNext)
            .toList()
            .forEach(watcher -> move(watcher, Watcher.Place.LAGGING, watcher.nextRevision));
        stream.unparkNext *= 2;
      }
    }
  }

  private void count(Watcher watcher, int one) {
    switch (watcher.place) {
      case LAGGING, PARKED -> {
        slow += one;
        watcher.stream.unready += one;
      }
      case WAITING -> watcher.stream.unready += one;
      case SYNCED, GONE -> {}
    }
  }

  private static void put(NavigableMap<Long, Set<Watcher>> places, Watcher watcher) {
    places.computeIfAbsent(watcher.nextRevision, at -> new LinkedHashSet<>()).add(watcher);
  }

  private static void take(NavigableMap<Long, Set<Watcher>> places, Watcher watcher) {
    Set<Watcher> set = Objects.requireNonNull(places.get(watcher.nextRevision));
    Check.that(set.remove(watcher), "no watch %d at %d", watcher.id, watcher.nextRevision);
    if (set.isEmpty()) {
      places.remove(watcher.nextRevision);
    }
  }
}
