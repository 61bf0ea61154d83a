package io.quorate.sim;

import io.quorate.base.SeededRandom;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.watch.Delivery;
import io.quorate.watch.Outlet;
import io.quorate.watch.WatchRequest;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that watches a range for ever: it moves on to another member when its own is gone, and
 * must see every change of the range exactly once and in order, or be told that it is compacted.
 */
final class SimWatcher {
  private static final long ROOM_BYTES = 600;
  private static final int RESPONSE_BYTES = 400;

  private final Timeline timeline;
  private final SeededRandom random;
  private final Tally tally;
  private final Checks checks;
  private final Supplier<@Nullable SimNode> pick;
  private final KeyRange range;
  private @Nullable SimNode node;
  private long streamId;
  private long streams;
  // Every change of the range up to here was seen.
  private long seen = 1;

  SimWatcher(KeyRange range, SimNode.World world, Supplier<@Nullable SimNode> pick) {
    this.range = range;
    this.timeline = world.timeline();
    this.random = world.random();
    this.tally = world.tally();
    this.checks = world.checks();
    this.pick = pick;
  }

  void start() {
    connect();
    timeline.after(random.nextInt(2_000) * Timeline.MILLIS, this::wander);
  }

  /** Whether nothing is left to see. */
  boolean isUpToDate() {
    return checks.next(range, seen) == 0;
  }

  private void wander() {
    SimNode old = node;
    if (old != null) {
      old.unwatch(streamId);
      gone();
    }
    timeline.after(random.nextInt(5_000) * Timeline.MILLIS, this::wander);
  }

  private void connect() {
    SimNode next = pick.get();
    if (next == null) {
      timeline.after(100 * Timeline.MILLIS, this::connect);
      return;
    }
    node = next;
    long id = ++streams;
    streamId = next.watch(new Stream(id), WatchRequest.of(range, seen + 1), () -> lost(id));
  }

  private void lost(long stream) {
    if (stream == streams) {
      gone();
    }
  }

  private void gone() {
    node = null;
    streams++;
    tally.count(Fault.WATCH_RECONNECT);
    timeline.after(random.nextInt(300) * Timeline.MILLIS, this::connect);
  }

  /** One connection to one member. */
  private final class Stream implements Outlet {
    private final long id;
    private long room = ROOM_BYTES;
    private boolean armed;

    Stream(long id) {
      this.id = id;
    }

    @Override
    public long roomBytes() {
      if (room <= 0 && !armed) {
        armed = true;
        tally.count(Fault.SLOW_WATCHER);
        timeline.after(random.nextInt(800) * Timeline.MILLIS, this::read);
      }
      return room;
    }

    private void read() {
      armed = false;
      room = ROOM_BYTES;
      SimNode at = node;
      if (id == streams && at != null) {
        at.writable(streamId);
      }
    }

    @Override
    public long responseBytes() {
      return RESPONSE_BYTES;
    }

    @Override
    public void send(Delivery delivery) {
      if (id != streams) {
        return;
      }
      if (delivery instanceof Delivery.Events events) {
        room -= 100L * events.events().size() * events.count();
        see(events.events());
        // The last event ends what it is known to cover only up to the next one of the range.
        checks.that(
            events.revision() >= seen, "a watch is told %d behind %d", events.revision(), seen);
      } else if (delivery instanceof Delivery.Progress progress) {
        long next = checks.next(range, seen);
        checks.that(
            next == 0 || next > progress.revision(),
            "progress %d before %d was seen",
            progress.revision(),
            next);
      } else if (delivery instanceof Delivery.Compacted compacted) {
        checks.that(
            compacted.compactRevision() > seen,
            "compacted at %d, but %d was seen",
            compacted.compactRevision(),
            seen);
        tally.count(Fault.WATCH_COMPACTED);
        seen = compacted.compactRevision() - 1;
        timeline.after(0, () -> lost(id));
      }
    }

    private void see(List<Event> events) {
      int from = 0;
      while (from < events.size()) {
        long revision = events.get(from).revision();
        int to = from;
        while (to < events.size() && events.get(to).revision() == revision) {
          to++;
        }
        long next = checks.next(range, seen);
        checks.that(next == revision, "a watch sees %d where %d is due", revision, next);
        List<KeyValue> told = events.subList(from, to).stream().map(Event::kv).toList();
        checks.that(
            told.equals(checks.changes(range, revision)),
            "a watch sees %s at %d instead of %s",
            told,
            revision,
            checks.changes(range, revision));
        tally.events += to - from;
        seen = revision;
        from = to;
      }
    }
  }
}
