package io.quorate.watch;

import io.quorate.mvcc.Event;
import java.util.Arrays;
import java.util.List;

/** Gives events to streams as far as they have room. */
final class Sender {
  private static final int RESPONSE_OVERHEAD_BYTES = 64;

  private long deliveries;
  private long events;

  /** Counts deliveries of events; tells which watches were idle since progress was due last. */
  long deliveries() {
    return deliveries;
  }

  /** How many events were sent, counted once for each watch. */
  long events() {
    return events;
  }

  /**
   * Sends to the ids in turn until the stream answers that it is full, and answers how many that
   * were. It must have answered so before a watch may be parked: nobody wakes it otherwise.
   */
  int send(Cohort cohort, long[] ids, List<Event> matched, long covered) {
    Outlet outlet = cohort.stream.outlet;
    long each = Change.sizeBytes(matched) + RESPONSE_OVERHEAD_BYTES;
    int sent = 0;
    long room = outlet.roomBytes();
    while (sent < ids.length && room > 0) {
      int count = (int) Math.min(ids.length - sent, (room - 1) / each + 1);
      outlet.send(
          new Delivery.Events(
              sent == 0 ? ids : Arrays.copyOfRange(ids, sent, sent + count),
              count,
              matched,
              covered,
              Watcher.wantsPrevious(cohort.shape),
              Watcher.mayFragment(cohort.shape)));
      deliveries++;
      events += (long) count * matched.size();
      sent += count;
      if (sent < ids.length) {
        room = outlet.roomBytes();
      }
    }
    return sent;
  }

  /** The end of the revisions from {@code from} on that take {@code bytes}, at least one. */
  static int wholeRevisions(List<Event> matched, int from, long bytes) {
    int end = from;
    long used = 0;
    while (end < matched.size() && (end == from || used < bytes)) {
      int start = end;
      long revision = matched.get(start).revision();
      do {
        end++;
      } while (end < matched.size() && matched.get(end).revision() == revision);
      used += Change.sizeBytes(matched.subList(start, end));
    }
    return end;
  }
}
