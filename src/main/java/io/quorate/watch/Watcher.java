package io.quorate.watch;

import io.quorate.mvcc.KeyRange;
import org.jspecify.annotations.Nullable;

/** One watch of one stream. Where it stands is its {@link Place}, moved by {@link WatchHub}. */
final class Watcher {
  /** Which changes a watch has seen, and what holds it back from the next ones. */
  enum Place {
    /** Has seen all up to the hub's revision, and sees what comes. */
    SYNCED,
    /** Starts at a revision that the store has not reached yet. */
    WAITING,
    /** Has seen all below {@code nextRevision} and waits for its turn to read on. */
    LAGGING,
    /** As lagging, but its stream is full. */
    PARKED,
    /** Sees nothing more: cancelled, or lost to a compaction and only its id is still taken. */
    GONE
  }

  private static final int NO_PUT = 1;
  private static final int NO_DELETE = 2;
  private static final int PREVIOUS = 4;
  private static final int FRAGMENT = 8;

  /** How many ways there are to filter: the two lowest bits of a shape. */
  static final int FILTERS = 4;

  final WatchStream stream;
  final long id;
  final KeyRange range;
  final boolean progressNotify;
  // Watches of one stream and one range with equal shape get equal responses.
  final int shape;

  Place place = Place.GONE;
  // The first revision not yet seen; of no meaning while synced.
  long nextRevision;
  // Set while synced, and within the one call that serves a lagging watch.
  @Nullable Cohort cohort;
  // The hub's count of deliveries when this watch got events last, outside of a cohort.
  long eventsAt;
  // The hub's count of deliveries when progress was last due, or when the watch began.
  long progressAt;

  Watcher(WatchStream stream, long id, WatchRequest request) {
    this.stream = stream;
    this.id = id;
    this.range = request.range();
    WatchRequest.Options options = request.options();
    this.progressNotify = options.progressNotify();
    this.shape =
        (options.noPut() ? NO_PUT : 0)
            | (options.noDelete() ? NO_DELETE : 0)
            | (options.previous() ? PREVIOUS : 0)
            | (options.fragment() ? FRAGMENT : 0);
  }

  /** Whether a watch of {@code shape} leaves out the kind of an event. */
  static boolean leavesOut(int shape, boolean delete) {
    return (shape & (delete ? NO_DELETE : NO_PUT)) != 0;
  }

  static boolean wantsPrevious(int shape) {
    return (shape & PREVIOUS) != 0;
  }

  static boolean mayFragment(int shape) {
    return (shape & FRAGMENT) != 0;
  }
}
