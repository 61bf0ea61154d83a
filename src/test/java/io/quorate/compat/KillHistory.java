package io.quorate.compat;

import io.grpc.StatusRuntimeException;
import io.quorate.proto.etcd.CompactionRequest;
import io.quorate.proto.etcd.Event;
import io.quorate.proto.etcd.WatchResponse;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.awaitility.Awaitility;

/**
 * What was acknowledged and what a watch over everything has seen, by revision. Every write of a
 * run takes one revision and changes at least one watched key, so the watch must see each revision.
 * Safe for use by several threads.
 */
final class KillHistory {
  private final TreeMap<Long, SortedMap<String, String>> acknowledged = new TreeMap<>();
  private final TreeMap<Long, SortedMap<String, String>> watched = new TreeMap<>();
  private int acknowledgedCount;
  private int compactions;
  private int watches;
  private long verifiedTo;
  private String fault = "";

  /** What a deleted key holds in a set of changes. */
  static final String DELETED = "(deleted)";

  /** Notes an acknowledged write: its revision and its changes by key. */
  synchronized void acknowledge(long revision, SortedMap<String, String> changes) {
    Map<String, String> other = acknowledged.put(revision, changes);
    if (other != null) {
      fault = "revision " + revision + " was given to " + other + " and to " + changes;
    }
    acknowledgedCount++;
  }

  /** Begins a watch of a number of its own; what earlier ones still deliver is left out. */
  synchronized int beginWatch() {
    return ++watches;
  }

  /** Notes all changes of one response; a revision may not be spread over two of them. */
  synchronized void watch(int number, WatchResponse response) {
    if (number != watches) {
      return;
    }
    if (response.getCanceled()) {
      fault = "the watch was cancelled: " + response;
    }
    long before = watchedTo();
    for (Event event : response.getEventsList()) {
      boolean deleted = event.getType() == Event.EventType.DELETE;
      String key = event.getKv().getKey().toStringUtf8();
      String value = deleted ? DELETED : event.getKv().getValue().toStringUtf8();
      long revision = event.getKv().getModRevision();
      long last = watchedTo();
      if (revision <= before || (revision != last && revision != last + 1)) {
        fault = "the watch went from revision " + last + " to " + revision;
      }
      if (watched.computeIfAbsent(revision, r -> new TreeMap<>()).put(key, value) != null) {
        fault = "the watch saw " + key + " twice at revision " + revision;
      }
    }
  }

  /** Notes what must not happen to a watch. */
  synchronized void fault(String text) {
    fault = text;
  }

  /** The last revision that the watch has seen; 1 is that of the empty store. */
  synchronized long watchedTo() {
    return watched.isEmpty() ? 1 : watched.lastKey();
  }

  synchronized int acknowledged() {
    return acknowledgedCount;
  }

  synchronized long revisionAcknowledgedMax() {
    return acknowledged.isEmpty() ? 1 : acknowledged.lastKey();
  }

  void awaitAcknowledged(int count, Duration within) {
    Awaitility.await("acknowledged writes")
        .atMost(within)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> acknowledged() >= count);
  }

  /** Compacts some revisions below what the watch has seen, so that it can always resume. */
  void compactBehindWatch(EtcdClient client, int behind, boolean physical) {
    long at = watchedTo() - behind;
    if (at < 2) {
      return;
    }
    try {
      client.call(
          EtcdClient.COMPACT,
          CompactionRequest.newBuilder().setRevision(at).setPhysical(physical).build());
      compactions++;
    } catch (StatusRuntimeException e) {
      if (!String.valueOf(e.getStatus().getDescription()).contains("has been compacted")) {
        throw e;
      }
    }
  }

  /** Every acknowledged write was seen by the watch, with its changes, at its revision. */
  synchronized void verifyAcknowledgedWereWatched() {
    if (!fault.isEmpty()) {
      throw new AssertionError(fault);
    }
    acknowledged
        .tailMap(verifiedTo, false)
        .forEach(
            (revision, changes) -> {
              if (!changes.equals(watched.get(revision))) {
                throw new AssertionError(
                    "acknowledged at revision "
                        + revision
                        + ": "
                        + changes
                        + ", watched: "
                        + watched.get(revision));
              }
            });
    verifiedTo = watchedTo();
  }

  synchronized String summary() {
    return String.format(
        "acknowledged writes: %d, watched revisions: %d, compactions: %d",
        acknowledgedCount, watched.size(), compactions);
  }
}
