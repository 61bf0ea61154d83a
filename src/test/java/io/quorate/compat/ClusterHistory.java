package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.client.Change;
import io.quorate.client.KeyValue;
import io.quorate.proto.etcd.Event;
import io.quorate.proto.etcd.WatchResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What clients of a cluster did and saw. Every write has a revision of its own and every answer
 * names one, so the revisions are the order that a linearizable history must have (Herlihy and
 * Wing): it is enough to look whether each answer fits the state at its revision, and whether no
 * operation is ordered before one that had ended when it began. Safe for threads.
 */
final class ClusterHistory {
  /**
   * One operation that was answered.
   *
   * @param begin when it was asked, in nanoseconds
   * @param end when it was answered
   * @param revision where it belongs
   * @param write whether it wrote
   * @param key of what
   * @param value what it wrote or found; null if there was nothing
   */
  private record Operation(
      long begin, long end, long revision, boolean write, String key, @Nullable String value) {}

  /** What a key that was deleted has for a value; nobody writes it. */
  private static final String GONE = "(gone)";

  private final List<Operation> operations = new ArrayList<>();
  private final TreeMap<Long, Change> log = new TreeMap<>();
  private final Map<String, Long> watched = new TreeMap<>();
  private long watchedEvents;
  private @Nullable String violation;

  synchronized void wrote(long begin, long revision, String key, String value) {
    operations.add(new Operation(begin, System.nanoTime(), revision, true, key, value));
    notifyAll();
  }

  synchronized void read(long begin, long revision, String key, @Nullable String value) {
    operations.add(new Operation(begin, System.nanoTime(), revision, false, key, value));
  }

  synchronized int size() {
    return operations.size();
  }

  /** The revision behind which {@code watcher} goes on. */
  synchronized long watchedTo(String watcher) {
    return watched.getOrDefault(watcher, 1L);
  }

  /** What one watch over all keys was told; the events of all watchers must agree. */
  synchronized void watch(String watcher, WatchResponse response) {
    response.getEventsList().forEach(event -> watch(watcher, change(event)));
  }

  /** One event of a watch over all keys. */
  synchronized void watch(String watcher, Change change) {
    long revision = change.revision();
    long last = watchedTo(watcher);
    if (revision != last + 1) {
      violation = watcher + " saw " + revision + " behind " + last;
    }
    Change known = log.putIfAbsent(revision, change);
    if (known != null && !known.equals(change)) {
      violation = watcher + " saw " + change + " where another saw " + known;
    }
    watched.put(watcher, revision);
    watchedEvents++;
  }

  /** The newest revision that anybody was told. */
  synchronized long newest() {
    return operations.stream().mapToLong(Operation::revision).max().orElse(1);
  }

  /** Checks everything, once all watchers have seen all there is. */
  synchronized void verify() {
    assertThat(violation).isNull();
    Map<String, TreeMap<Long, String>> states = new TreeMap<>();
    log.forEach(
        (revision, change) ->
            states
                .computeIfAbsent(change.key().utf8(), key -> new TreeMap<>())
                .put(revision, change.isDelete() ? GONE : change.kv().valueText()));
    assertThat(values()).as("each write happened once").doesNotHaveDuplicates();
    for (Operation each : operations) {
      Map.Entry<Long, String> state =
          states.getOrDefault(each.key(), new TreeMap<>()).floorEntry(each.revision());
      String value = state == null || state.getValue().equals(GONE) ? null : state.getValue();
      assertThat(value).as("at revision %d: %s", each.revision(), each).isEqualTo(each.value());
      if (each.write()) {
        assertThat(state.getKey()).as("%s", each).isEqualTo(each.revision());
      }
    }
    verifyRealTime();
  }

  /** What was written, in order. */
  synchronized List<String> values() {
    return log.values().stream()
        .filter(change -> !change.isDelete())
        .map(change -> change.kv().valueText())
        .toList();
  }

  private static Change change(Event event) {
    io.quorate.proto.etcd.KeyValue kv = event.getKv();
    return new Change(
        event.getType() == Event.EventType.DELETE ? Change.Kind.DELETE : Change.Kind.PUT,
        new KeyValue(
            Bytes.wrap(kv.getKey().toByteArray()),
            Bytes.wrap(kv.getValue().toByteArray()),
            kv.getCreateRevision(),
            kv.getModRevision(),
            kv.getVersion(),
            kv.getLease()),
        Optional.empty());
  }

  private void verifyRealTime() {
    List<Operation> byBegin = new ArrayList<>(operations);
    byBegin.sort(Comparator.comparingLong(Operation::begin));
    List<Operation> byEnd = new ArrayList<>(operations);
    byEnd.sort(Comparator.comparingLong(Operation::end));
    int ended = 0;
    long revision = 0;
    for (Operation each : byBegin) {
      while (ended < byEnd.size() && byEnd.get(ended).end() < each.begin()) {
        revision = Math.max(revision, byEnd.get(ended).revision());
        ended++;
      }
      long least = each.write() ? revision + 1 : revision;
      assertThat(each.revision()).as("%s", each).isGreaterThanOrEqualTo(least);
    }
  }

  synchronized String summary() {
    long writes = operations.stream().filter(Operation::write).count();
    return writes
        + " writes and "
        + (operations.size() - writes)
        + " reads answered, "
        + log.size()
        + " revisions, "
        + watchedEvents
        + " watched events";
  }
}
