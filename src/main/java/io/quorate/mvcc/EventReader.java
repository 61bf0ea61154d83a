package io.quorate.mvcc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the changes of past revisions, for watches that start or resume there. */
public final class EventReader {
  private EventReader() {}

  /**
   * The changes from a revision on, in order, all of one revision together.
   *
   * @param events the changes
   * @param next the revision from which the next read goes on; above the newest when all were read
   */
  public record Slice(List<Event> events, long next) {}

  /**
   * Reads the changes of the revisions from {@code from}, which must not be compacted, through
   * {@code to}. Ends early, after a whole revision, once {@code bytesMax} bytes of keys and values
   * were read.
   */
  public static Slice read(StoreView view, long from, long to, long bytesMax) {
    List<Event> events = new ArrayList<>();
    Collector collector = new Collector(view, events, to, bytesMax);
    long firstInMemory = view.firstMainInMemory();
    if (from < firstInMemory) {
      try (DiskView.RevisionCursor rows = view.disk().revisions(from)) {
        while (rows.next() && rows.main() < firstInMemory) {
          if (!collector.take(rows.row())) {
            return new Slice(events, collector.next());
          }
        }
      }
    }
    if (collector.takeAll(view.frozenLog(), from) && collector.takeAll(view.activeLog(), from)) {
      return new Slice(events, to + 1);
    }
    return new Slice(events, collector.next());
  }

  private static final class Collector {
    private final StoreView view;
    private final List<Event> events;
    private final long to;
    private final long bytesMax;
    private long bytes;
    private long last;

    Collector(StoreView view, List<Event> events, long to, long bytesMax) {
      this.view = view;
      this.events = events;
      this.to = to;
      this.bytesMax = bytesMax;
    }

    long next() {
      return last + 1;
    }

    boolean takeAll(RowLog.Snapshot log, long from) {
      for (int i = log.firstAtOrAbove(from, 0); i < log.size(); i++) {
        if (!take(log.get(i))) {
          return false;
        }
      }
      return true;
    }

    /** Takes a row; false when it lies beyond the slice. */
    boolean take(Row row) {
      boolean newRevision = row.main() != last;
      if (row.main() > to) {
        last = to;
        return false;
      }
      if (newRevision && bytes >= bytesMax) {
        return false;
      }
      last = row.main();
      bytes += row.key().size() + row.kv().value().size();
      events.add(new Event(row.kv(), previous(row)));
      return true;
    }

    /**
     * The pair as it was one revision earlier. As in the reference, it is not shown when that is
     * below the compacted revision.
     */
    private @Nullable KeyValue previous(Row row) {
      if (row.main() - 1 < view.compacted()) {
        return null;
      }
      Row before = view.superseded(row);
      return before == null || before.isDeleted() ? null : before.kv();
    }
  }
}
