package io.quorate.watch;

import io.quorate.base.Bytes;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A store of changes in memory that answers the reads of a hub. */
public final class FakeHistory {
  public final List<Change> changes = new ArrayList<>();
  private final Map<Bytes, KeyValue> current = new HashMap<>();
  public long compacted;

  public long revision() {
    return changes.size();
  }

  /** Adds a revision that puts each key, or deletes it when its name begins with "-". */
  public Change change(String... keys) {
    long revision = revision() + 1;
    List<Event> events = new ArrayList<>();
    for (String name : keys) {
      Bytes key = Bytes.utf8(name.startsWith("-") ? name.substring(1) : name);
      @Nullable KeyValue before = current.get(key);
      KeyValue after =
          name.startsWith("-")
              ? KeyValue.deleted(key, revision)
              : new KeyValue(key, revision, revision, 1, Bytes.utf8("v" + revision), 0);
      events.add(new Event(after, before));
      current.put(key, after);
    }
    Change change = new Change(revision, events);
    changes.add(change);
    return change;
  }

  public HistorySlice read(HistoryRead read) {
    if (read.fromRevision() < compacted) {
      return HistorySlice.compacted(compacted);
    }
    List<Change> slice = new ArrayList<>();
    long bytes = 0;
    long next = read.fromRevision();
    while (next < read.toRevision() && bytes < read.bytesMax()) {
      Change change = changes.get((int) next - 1);
      slice.add(change);
      bytes += change.sizeBytes();
      next++;
    }
    return HistorySlice.of(slice, next);
  }

  /** Does all that the hub wants done. */
  public void settle(WatchHub hub) {
    boolean more = true;
    while (more) {
      more = hub.catchUp();
      HistoryRead read = hub.nextRead();
      if (read != null) {
        hub.onHistory(read, read(read));
        more = true;
      }
    }
  }
}
