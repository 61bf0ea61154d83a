package io.quorate.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.random.RandomGenerator;

/**
 * When each lease is to be renewed, and when it is lost: a function of the times passed in, in
 * nanoseconds of one monotonic clock. Knows neither threads nor connections.
 *
 * <p>A lease that was asked for at {@code a} with a time to live of {@code t} lives until {@code a
 * + t} at least: the member counts from when it heard of it, which is later. It is taken for lost a
 * margin before, for clocks that do not run alike and timers that are late. It is renewed after a
 * third of its time, a bit earlier by luck, so that leases that were granted together are not
 * renewed together.
 *
 * <p>Not for several threads at once.
 */
final class LeaseBook {
  private static final long MILLI = 1_000_000;

  /** What a renewal may take before it is sent again, elsewhere. */
  private static final long ANSWER_NANOS_MIN = 250 * MILLI;

  private static final long ANSWER_NANOS_MAX = 2_000 * MILLI;

  /** When it is looked at again that is neither answered nor given up. */
  private static final long AGAIN_NANOS = 10 * MILLI;

  /** What timers may be late; clocks may differ by a fiftieth. */
  private static final long LATE_NANOS = 20 * MILLI;

  private static final long DRIFT_PART = 50;

  /** What is out of date is thrown away when there is this much of it. */
  private static final int TURNS_PER_LEASE_MAX = 4;

  private static final int TURNS_MIN = 256;

  /** Up to this part of the third is taken off by luck. */
  private static final long JITTER_PART = 5;

  private final Map<Long, Entry> entries = new HashMap<>();
  private final PriorityQueue<Turn> turns = new PriorityQueue<>();

  /** Those that are to be renewed as soon as there is room, the one that waits longest first. */
  private final Queue<Entry> due = new ArrayDeque<>();

  private final RandomGenerator luck;

  /** What is known of a lease. */
  private static final class Entry {
    final long id;
    long ttlNanos;
    long lostAt;
    long dueAt;
    long sentAt;
    boolean isSent;
    boolean isDue;

    Entry(long id) {
      this.id = id;
    }
  }

  /** That a lease is to be looked at; out of date if it is looked at at another time. */
  private record Turn(long at, Entry entry) implements Comparable<Turn> {
    @Override
    public int compareTo(Turn other) {
      return Long.compare(at - other.at, 0);
    }
  }

  /**
   * What is to be done.
   *
   * @param renew leases to be renewed now
   * @param lost leases that are lost
   * @param isStalled whether some renewal had no answer for too long
   */
  record Work(List<Long> renew, List<Long> lost, boolean isStalled) {}

  LeaseBook(RandomGenerator luck) {
    this.luck = luck;
  }

  int size() {
    return entries.size();
  }

  /** A lease is there: asked for at {@code askedAt}, and granted. Returns when it is lost. */
  long granted(long id, long ttlNanos, long askedAt) {
    Entry entry = new Entry(id);
    entries.put(id, entry);
    return prolong(entry, ttlNanos, askedAt);
  }

  private long prolong(Entry entry, long ttlNanos, long askedAt) {
    entry.ttlNanos = ttlNanos;
    entry.isSent = false;
    entry.lostAt = askedAt + ttlNanos - ttlNanos / DRIFT_PART - LATE_NANOS;
    long third = ttlNanos / 3;
    schedule(entry, askedAt + third - luck.nextLong(third / JITTER_PART + 1));
    return entry.lostAt;
  }

  /** Looks at it then, or when it is lost if that is earlier. */
  private void schedule(Entry entry, long dueAt) {
    entry.dueAt = dueAt - entry.lostAt < 0 ? dueAt : entry.lostAt;
    turns.add(new Turn(entry.dueAt, entry));
  }

  /**
   * A member renewed a lease, by the request that was sent last.
   *
   * @return when it is lost now; nothing is known of an id that is not there any more
   */
  long renewed(long id, long ttlNanos) {
    Entry entry = entries.get(id);
    if (entry == null) {
      return 0;
    }
    if (!entry.isSent) {
      return entry.lostAt;
    }
    return prolong(entry, ttlNanos, entry.sentAt);
  }

  /** The lease is not to be renewed any more. */
  boolean remove(long id) {
    boolean isRemoved = entries.remove(id) != null;
    if (turns.size() > TURNS_PER_LEASE_MAX * entries.size() + TURNS_MIN) {
      turns.removeIf(this::isOutOfDate);
      due.removeIf(entry -> entries.get(entry.id) != entry);
    }
    return isRemoved;
  }

  private boolean isOutOfDate(Turn turn) {
    return entries.get(turn.entry().id) != turn.entry() || turn.entry().dueAt != turn.at();
  }

  /** How many times it is to be looked at something, also in vain. */
  int turns() {
    return turns.size() + due.size();
  }

  /** What was sent and not answered will not be: the connection is gone. It is sent again. */
  void disconnected(long now) {
    for (Entry entry : entries.values()) {
      if (entry.isSent) {
        entry.isSent = false;
        schedule(entry, now);
      }
    }
  }

  /**
   * What is to be done at {@code now}.
   *
   * @param renewMax how many renewals can be sent; 0 without a connection
   */
  Work work(long now, int renewMax) {
    List<Long> renew = new ArrayList<>();
    List<Long> lost = new ArrayList<>();
    List<Entry> stalled = new ArrayList<>();
    while (!turns.isEmpty() && turns.peek().at() - now <= 0) {
      Turn turn = turns.remove();
      Entry entry = turn.entry();
      if (isOutOfDate(turn)) {
        continue;
      }
      if (now - entry.lostAt >= 0) {
        entries.remove(entry.id);
        lost.add(entry.id);
      } else if (entry.isSent) {
        stalled.add(entry);
      } else {
        entry.isDue = true;
        due.add(entry);
        schedule(entry, entry.lostAt);
      }
    }
    stalled.forEach(entry -> schedule(entry, now + AGAIN_NANOS));
    while (renew.size() < renewMax && !due.isEmpty()) {
      Entry entry = due.remove();
      if (entries.get(entry.id) == entry && entry.isDue) {
        renew.add(entry.id);
        entry.isDue = false;
        entry.isSent = true;
        entry.sentAt = now;
        schedule(entry, now + answerNanos(entry));
      }
    }
    return new Work(renew, lost, !stalled.isEmpty());
  }

  /** When there is something to do, from {@code now} on; between {@code least} and {@code most}. */
  long millisToNext(long now, long least, long most) {
    if (!due.isEmpty()) {
      return least;
    }
    Turn next = turns.peek();
    long millis = next == null ? most : (next.at() - now) / MILLI;
    return Math.max(least, Math.min(most, millis));
  }

  private static long answerNanos(Entry entry) {
    return Math.max(ANSWER_NANOS_MIN, Math.min(ANSWER_NANOS_MAX, entry.ttlNanos / 6));
  }
}
