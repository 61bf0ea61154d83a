package io.quorate.watch;

import io.quorate.base.Check;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that one revision changed.
 *
 * @param revision the revision, from 1
 * @param events its events in the order of their sub revisions, at least one, not to be modified
 */
public record Change(long revision, List<Event> events) {
  /** What an event takes beside its keys and values, in bytes: field tags, numbers, framing. */
  private static final int EVENT_OVERHEAD_BYTES = 48;

  public Change {
    Check.that(!events.isEmpty(), "revision %d has no events", revision);
  }

  /** Cuts {@code events}, which are in order, into one change for each revision. */
  public static List<Change> split(List<Event> events) {
    List<Change> changes = new ArrayList<>();
    int from = 0;
    for (int to = 1; to <= events.size(); to++) {
      long revision = events.get(from).revision();
      if (to == events.size() || events.get(to).revision() != revision) {
        changes.add(new Change(revision, events.subList(from, to)));
        from = to;
      }
    }
    return changes;
  }

  /** About what the events take on the wire, with their previous values, in bytes. */
  long sizeBytes() {
    return sizeBytes(events);
  }

  /** About what {@code events} take on the wire, with their previous values, in bytes. */
  static long sizeBytes(List<Event> events) {
    long bytes = 0;
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      bytes += sizeBytes(event.kv()) + sizeBytes(event.previous());
    }
    return bytes;
  }

  private static long sizeBytes(@Nullable KeyValue kv) {
    return kv == null ? 0 : (long) kv.key().size() + kv.value().size() + EVENT_OVERHEAD_BYTES;
  }
}
