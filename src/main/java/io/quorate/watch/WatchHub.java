package io.quorate.watch;

import io.quorate.base.Check;
import io.quorate.base.EtcdError;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All watches of one store. For each watch, the events delivered are exactly those of its range and
 * filters from its start revision on, in order, once, and the events of one revision together;
 * unless it was cancelled, which it is told.
 *
 * <p>A watch is synced (has seen all up to {@link #revision}), waiting (for a start revision to
 * come), lagging (has seen all below its next revision, and is served from the newest changes or
 * from history, in slices), or parked (lagging, and its stream is full). Whoever owns the hub calls
 * {@link #catchUp} and {@link #nextRead} after what it told it.
 *
 * <p>Example: at revision 7 a watch from 5 on is created and lags at 5. Changes 8 and 9 come; the
 * read of history answers 5 to 7, which goes out in one response, and the watch lags at 8. The
 * newest changes begin at or below 8, so the next {@link #catchUp} delivers 8 and 9 from there, and
 * the watch is synced. Had its stream been full after 7, it would be parked at 8 instead, and lag
 * again once {@link #onWritable} is called, however far the store is by then.
 *
 * <p>Not for use by several threads. Reads no clock: times are nanoseconds of the owner's choice.
 */
public final class WatchHub {
  private static final String EMPTY_RANGE = "mvcc: watcher range is empty";
  private static final String DUPLICATE_ID = "mvcc: duplicate watch ID provided on the WatchStream";
  private static final int JITTER_SHARE = 10;

  private final WatchLimits limits;
  private final LongUnaryOperator jitter;
  private final Tail tail;
  private final Map<Long, WatchStream> streams = new LinkedHashMap<>();
  private final Places places = new Places();
  private final Sender sender = new Sender();
  private final TreeSet<WatchStream> progressDue =
      new TreeSet<>(
          Comparator.comparingLong((WatchStream stream) -> stream.progressDueNanos)
              .thenComparingLong(stream -> stream.id));

  private long revision;
  private long compactRevision;
  private @Nullable HistoryRead reading;
  // Reads alternate between the watches nearest to the head and a sweep from the oldest on, so
  // that neither those just a little late nor those far back wait for all the others.
  private boolean sweep;
  private long sweepRevision;

  /**
   * A hub without streams.
   *
   * @param limits its bounds
   * @param revision the revision of the store; the first change told will be the next one
   * @param compactRevision the compact revision of the store, 0 for none
   * @param jitter gives a number from 0 to below its argument, by lot
   */
  public WatchHub(
      WatchLimits limits, long revision, long compactRevision, LongUnaryOperator jitter) {
    this.limits = limits;
    this.revision = revision;
    this.compactRevision = compactRevision;
    this.jitter = jitter;
    this.tail = new Tail(limits.tailBytesMax(), revision + 1);
  }

  /** The revision up to which changes have been told. */
  public long revision() {
    return revision;
  }

  /** What the hub holds and has done. */
  public WatchStats stats() {
    return new WatchStats(streams.size(), places.watchers(), places.slow(), sender.events());
  }

  /** Opens a stream under an id that is not in use. */
  public void open(long streamId, Outlet outlet, long nowNanos) {
    long interval = limits.progressIntervalNanos();
    interval += jitter.applyAsLong(interval / JITTER_SHARE);
    WatchStream stream = new WatchStream(streamId, outlet, interval);
    Check.that(streams.put(streamId, stream) == null, "stream %d is open", streamId);
    stream.progressDueNanos = nowNanos + interval;
    progressDue.add(stream);
  }

  /** Forgets a stream and its watches; nothing when it is not open. */
  public void close(long streamId) {
    WatchStream stream = streams.remove(streamId);
    if (stream != null) {
      progressDue.remove(stream);
      for (Watcher watcher : stream.watchers.values()) {
        places.move(watcher, Watcher.Place.GONE, 0);
      }
    }
  }

  /** Creates a watch, or refuses it; the stream is told either. Nothing when it is not open. */
  public void create(long streamId, WatchRequest request) {
    WatchStream stream = streams.get(streamId);
    if (stream == null) {
      return;
    }
    if (request.startRevision() < 0) {
      refuse(stream, EtcdError.COMPACTED.text());
    } else if (isEmpty(request.range())) {
      refuse(stream, EMPTY_RANGE);
    } else if (request.watchId() != WatchRequest.AUTO_ID
        && stream.watchers.containsKey(request.watchId())) {
      refuse(stream, DUPLICATE_ID);
    } else {
      boolean auto = request.watchId() == WatchRequest.AUTO_ID;
      add(stream, auto ? stream.takeId() : request.watchId(), request);
    }
  }

  /** Tells the stream that a watch was not created, because of {@code reason}. */
  public void refuse(long streamId, String reason) {
    WatchStream stream = streams.get(streamId);
    if (stream != null) {
      refuse(stream, reason);
    }
  }

  /** Cancels a watch, which the stream is told; nothing when there is none, as with etcd. */
  public void cancel(long streamId, long watchId) {
    WatchStream stream = streams.get(streamId);
    Watcher watcher = stream == null ? null : stream.watchers.remove(watchId);
    if (watcher != null) {
      places.move(watcher, Watcher.Place.GONE, 0);
      watcher.stream.notified.remove(watcher);
      watcher.stream.outlet.send(new Delivery.Canceled(watchId, revision));
    }
  }

  /**
   * Tells the stream how far all its watches are, if it has any, all of them are synced and the
   * stream is not full. Otherwise the request is dropped, as etcd does: the client asks again.
   */
  public void requestProgress(long streamId) {
    WatchStream stream = streams.get(streamId);
    if (stream != null
        && stream.synced > 0
        && stream.unready == 0
        && stream.outlet.roomBytes() > 0) {
      stream.outlet.send(new Delivery.Progress(Delivery.NO_ID, revision));
    }
  }

  /** A stream that was full has room again. */
  public void onWritable(long streamId) {
    WatchStream stream = streams.get(streamId);
    if (stream != null) {
      places.hasRoom(stream);
    }
  }

  /**
   * The store changed.
   *
   * @param changes in order of revision, all above {@link #revision}, none left out
   */
  public void onApplied(List<Change> changes) {
    int from = 0;
    while (from < changes.size()) {
      long first = changes.get(from).revision();
      Check.that(first > revision, "revision %d comes after %d", first, revision);
      places.startWaiting(first, Watcher.Place.SYNCED);
      long next = places.nextStart();
      int to = from;
      long bytes = 0;
      do {
        bytes += changes.get(to).sizeBytes();
        tail.add(changes.get(to));
        to++;
      } while (to < changes.size()
          && changes.get(to).revision() < next
          && bytes < limits.responseBytesMax());
      List<Change> batch = changes.subList(from, to);
      revision = changes.get(to - 1).revision();
      if (!places.synced().isEmpty()) {
        deliver(batch);
      }
      from = to;
    }
  }

  /**
   * History below {@code compactRevision} may be gone. Watches that still need it are cancelled
   * when their turn comes, unless what they need is still in memory.
   */
  public void onCompacted(long compacted) {
    compactRevision = Math.max(compactRevision, compacted);
  }

  /** The store jumped ahead to a snapshot; what happened up to it is read from its history. */
  public void onRestored(long restoredRevision, long restoredCompactRevision) {
    Check.that(restoredRevision >= revision, "restored to %d below %d", restoredRevision, revision);
    long next = revision + 1;
    onCompacted(restoredCompactRevision);
    if (restoredRevision == revision) {
      return;
    }
    revision = restoredRevision;
    tail.reset(revision + 1);
    places.startWaiting(revision, Watcher.Place.LAGGING);
    for (WatchStream stream : streams.values()) {
      for (Watcher watcher : stream.watchers.values()) {
        if (watcher.place == Watcher.Place.SYNCED) {
          places.move(watcher, Watcher.Place.LAGGING, next);
        }
      }
    }
  }

  /** When {@link #tick} has something to do next; {@link Long#MAX_VALUE} for never. */
  public long nextTickNanos() {
    return progressDue.isEmpty() ? Long.MAX_VALUE : progressDue.first().progressDueNanos;
  }

  /** Tells idle watches that asked for it how far the store is, where that is due. */
  public void tick(long nowNanos) {
    while (!progressDue.isEmpty() && progressDue.first().progressDueNanos <= nowNanos) {
      WatchStream stream = progressDue.first();
      progressDue.remove(stream);
      stream.progressDueNanos = nowNanos + stream.progressIntervalNanos;
      progressDue.add(stream);
      for (Watcher watcher : stream.notified) {
        if (isIdle(watcher) && stream.outlet.roomBytes() > 0) {
          stream.outlet.send(new Delivery.Progress(watcher.id, revision));
        }
        watcher.progressAt = sender.deliveries();
      }
    }
  }

  /**
   * Serves one slice of the newest changes to watches that lag behind by no more than those.
   *
   * @return whether there is more to do at once
   */
  public boolean catchUp() {
    places.unpark();
    Long position = places.lagging().ceilingKey(tail.from());
    if (position == null) {
      return false;
    }
    List<Change> changes = tail.read(position, limits.historyBytesMax());
    long end = changes.isEmpty() ? revision + 1 : changes.get(changes.size() - 1).revision() + 1;
    serve(position, changes, end);
    return places.mayUnpark() || places.lagging().ceilingKey(tail.from()) != null;
  }

  /**
   * What to read from history next; null when nothing is needed, or a read is under way already.
   * Each one is to be answered by {@link #onHistory} or {@link #onHistoryFailed}.
   */
  public @Nullable HistoryRead nextRead() {
    if (reading != null) {
      return null;
    }
    cancelCompacted();
    NavigableMap<Long, Set<Watcher>> behind = places.lagging().headMap(tail.from(), false);
    while (!behind.isEmpty()) {
      Long position = sweep ? behind.ceilingKey(sweepRevision) : behind.lastKey();
      if (position == null) {
        position = behind.firstKey();
      }
      places.parkFull(position);
      if (behind.containsKey(position)) {
        sweep = !sweep;
        reading = new HistoryRead(position, tail.from(), limits.historyBytesMax());
        return reading;
      }
    }
    return null;
  }

  /** The answer to the read under way. */
  public void onHistory(HistoryRead read, HistorySlice slice) {
    Check.that(read.equals(reading), "%s was not asked for", read);
    reading = null;
    if (slice.compactRevision() > 0) {
      Check.that(
          slice.compactRevision() > read.fromRevision(),
          "revision %d is not below the compact revision %d",
          read.fromRevision(),
          slice.compactRevision());
      onCompacted(slice.compactRevision());
      return;
    }
    long end = slice.nextRevision();
    Check.that(end > read.fromRevision() && end <= read.toRevision(), "%s ended at %d", read, end);
    sweepRevision = end;
    serve(read.fromRevision(), slice.changes(), end);
  }

  /** The read under way failed for a reason that may pass; {@link #nextRead} will ask again. */
  public void onHistoryFailed(HistoryRead read) {
    Check.that(read.equals(reading), "%s was not asked for", read);
    reading = null;
  }

  private static boolean isEmpty(KeyRange range) {
    return range.to() != null && range.from().compareTo(range.to()) >= 0;
  }

  private void refuse(WatchStream stream, String reason) {
    stream.outlet.send(new Delivery.Refused(revision, reason));
  }

  private void add(WatchStream stream, long id, WatchRequest request) {
    Watcher watcher = new Watcher(stream, id, request);
    watcher.progressAt = sender.deliveries();
    stream.watchers.put(id, watcher);
    stream.outlet.send(new Delivery.Created(id, revision));
    long start = request.startRevision();
    if (start > 0 && start < compactRevision) {
      stream.outlet.send(new Delivery.Compacted(id, compactRevision));
      return;
    }
    if (watcher.progressNotify) {
      stream.notified.add(watcher);
    }
    if (start == 0) {
      places.move(watcher, Watcher.Place.SYNCED, 0);
    } else {
      places.move(watcher, start > revision ? Watcher.Place.WAITING : Watcher.Place.LAGGING, start);
    }
  }

  private boolean isIdle(Watcher watcher) {
    if (watcher.place != Watcher.Place.SYNCED || watcher.cohort == null) {
      return false;
    }
    return Math.max(watcher.eventsAt, watcher.cohort.eventsAt) <= watcher.progressAt;
  }

  private void deliver(List<Change> batch) {
    List<Watcher> missed = new ArrayList<>();
    for (WatcherGroup group : places.synced().match(batch)) {
      for (Cohort cohort : group.cohorts()) {
        List<Event> matched = group.matched(cohort.shape);
        if (matched.isEmpty()) {
          continue;
        }
        long[] ids = cohort.ids();
        int sent = sender.send(cohort, ids, matched, revision);
        if (sent > 0) {
          cohort.eventsAt = sender.deliveries();
        }
        if (sent < ids.length) {
          missed.addAll(List.copyOf(cohort.watchers).subList(sent, ids.length));
        }
      }
      group.clearMatched();
    }
    // Nothing of this batch went to them, and everything before it did.
    long next = batch.get(0).revision();
    for (Watcher watcher : missed) {
      places.move(watcher, Watcher.Place.PARKED, next);
    }
  }

  /** Gives lagging watches from {@code from} to below {@code end} what they miss up to there. */
  private void serve(long from, List<Change> changes, long end) {
    List<Watcher> served = new ArrayList<>();
    for (Set<Watcher> set : places.lagging().subMap(from, true, end, false).values()) {
      for (Watcher watcher : set) {
        if (served.size() < limits.catchUpWatchersMax()) {
          served.add(watcher);
        }
      }
    }
    WatcherIndex index = new WatcherIndex();
    for (Watcher watcher : served) {
      index.add(watcher);
    }
    for (WatcherGroup group : index.match(changes)) {
      for (Cohort cohort : group.cohorts()) {
        serve(cohort, group.matched(cohort.shape), end);
      }
    }
    for (Watcher watcher : served) {
      watcher.cohort = null;
      if (watcher.place == Watcher.Place.LAGGING) {
        places.move(watcher, end > revision ? Watcher.Place.SYNCED : Watcher.Place.LAGGING, end);
      }
    }
  }

  private void serve(Cohort cohort, List<Event> matched, long end) {
    List<Watcher> members = List.copyOf(cohort.watchers);
    int from = 0;
    while (from < members.size()) {
      long next = members.get(from).nextRevision;
      int to = from + 1;
      while (to < members.size() && members.get(to).nextRevision == next) {
        to++;
      }
      int skip = 0;
      while (skip < matched.size() && matched.get(skip).revision() < next) {
        skip++;
      }
      if (skip < matched.size()) {
        serve(cohort, members.subList(from, to), matched.subList(skip, matched.size()), end);
      }
      from = to;
    }
  }

  /**
   * Sends what {@code members}, which all stand at {@code next}, miss below {@code end}, in the
   * largest responses that the stream takes: a slow client costs no more than its room, a response
   * and a revision.
   */
  private void serve(Cohort cohort, List<Watcher> members, List<Event> matched, long end) {
    long[] ids = new long[members.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = members.get(i).id;
    }
    long next = members.get(0).nextRevision;
    int from = 0;
    while (from < matched.size()) {
      int to = Sender.wholeRevisions(matched, from, cohort.stream.outlet.responseBytes());
      long covered = to < matched.size() ? matched.get(to).revision() - 1 : end - 1;
      int sent = sender.send(cohort, ids, matched.subList(from, to), covered);
      for (Watcher watcher : members.subList(0, sent)) {
        watcher.eventsAt = sender.deliveries();
      }
      if (sent < ids.length) {
        // Who got all it missed stays lagging, and is moved on with those that missed nothing.
        int behind = to < matched.size() ? 0 : sent;
        for (int i = behind; i < ids.length; i++) {
          places.move(members.get(i), Watcher.Place.PARKED, i < sent ? covered + 1 : next);
        }
        return;
      }
      next = covered + 1;
      from = to;
    }
  }

  private void cancelCompacted() {
    long lost = Math.min(compactRevision, tail.from());
    while (!places.lagging().isEmpty() && places.lagging().firstKey() < lost) {
      long position = places.lagging().firstKey();
      places.parkFull(position);
      Set<Watcher> set = places.lagging().get(position);
      for (Watcher watcher : set == null ? List.<Watcher>of() : List.copyOf(set)) {
        places.move(watcher, Watcher.Place.GONE, 0);
        watcher.stream.notified.remove(watcher);
        watcher.stream.outlet.send(new Delivery.Compacted(watcher.id, compactRevision));
      }
    }
  }
}
