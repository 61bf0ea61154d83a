package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known to have happened to the keys, whoever told it: the events of all watchers and what
 * they say was there before, the writes that were answered, and what was there in the end. A change
 * that many told is kept once; who contradicts the first is counted in {@link #contradictions}.
 * Memory: one entry for each change, and one more for each prefix that is asked for and holds it.
 */
final class Chronicle {
  private final TreeMap<String, TreeMap<Long, Change>> byKey = new TreeMap<>();
  private final HashMap<String, List<Change>> byPrefix = new HashMap<>();
  private final HashSet<String> perhapsRemoved = new HashSet<>();
  private final Tally contradictions;
  private long compacted;

  /**
   * Reads a history.
   *
   * @param contradictions where two tell different things of one key at one revision
   */
  Chronicle(History history, Tally contradictions) {
    this.contradictions = contradictions;
    for (Fact fact : history.facts()) {
      if (fact instanceof Fact.Operation it) {
        addOperation(it);
      } else if (fact instanceof Fact.WatchTold it) {
        for (Fact.Event event : it.events()) {
          add(new Change(event.row(), event.isRemoval(), true, null, it));
          event.previous().ifPresent(row -> add(new Change(row, false, true, null, it)));
        }
      } else if (fact instanceof Fact.State it) {
        for (Row row : it.rows()) {
          add(new Change(row, false, true, null, it));
        }
      } else if (fact instanceof Fact.WatchEnded it) {
        compacted = Math.max(compacted, it.compacted());
      } else if (fact instanceof Fact.Hash it) {
        compacted = Math.max(compacted, it.compacted());
      }
    }
  }

  private void addOperation(Fact.Operation operation) {
    if (operation.outcome() == Outcome.UNKNOWN) {
      for (List<Step> steps :
          List.of(operation.request().then(), operation.request().otherwise())) {
        for (Step step : steps) {
          if (step instanceof Step.Remove it) {
            perhapsRemoved.add(it.key());
          }
        }
      }
    }
    if (operation.reply().isEmpty()) {
      return;
    }
    long revision = operation.reply().get().revision();
    List<Step> steps = operation.stepsDone();
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof Step.Write it) {
        Row row = new Row(it.key(), it.value(), 0, revision, 0, it.lease());
        add(new Change(row, false, false, operation, operation));
      } else if (steps.get(i) instanceof Step.Remove it
          && operation.reply().get().results().get(i).count() > 0) {
        Row row = new Row(it.key(), "", 0, revision, 0, 0);
        add(new Change(row, true, true, operation, operation));
      }
    }
  }

  private void add(Change change) {
    TreeMap<Long, Change> changes =
        byKey.computeIfAbsent(change.row().key(), key -> new TreeMap<>());
    Change known = changes.putIfAbsent(change.revision(), change);
    if (known == null) {
      return;
    }
    contradictions.looked();
    if (known.agrees(change)) {
      if ((change.isWhole() && !known.isWhole())
          || (change.operation() != null && known.operation() == null)) {
        changes.put(change.revision(), known.and(change));
      }
    } else {
      contradictions.broken(
          "one tells " + known.text() + ", another " + change.text() + " with other contents",
          List.of(known.source(), change.source()));
    }
  }

  /** The changes of a key by revision; nothing if none is known. */
  NavigableMap<Long, Change> of(String key) {
    TreeMap<Long, Change> changes = byKey.get(key);
    return changes == null ? Collections.emptyNavigableMap() : changes;
  }

  /** The last change of a key before a revision. */
  @Nullable Change before(String key, long revision) {
    var entry = of(key).lowerEntry(revision);
    return entry == null ? null : entry.getValue();
  }

  /** The changes of all keys with a prefix, by revision. */
  List<Change> under(String prefix) {
    return byPrefix.computeIfAbsent(prefix, this::collect);
  }

  private List<Change> collect(String prefix) {
    List<Change> changes = new ArrayList<>();
    for (var entry : byKey.tailMap(prefix, true).entrySet()) {
      if (!entry.getKey().startsWith(prefix)) {
        break;
      }
      changes.addAll(entry.getValue().values());
    }
    changes.sort(Comparator.comparingLong(Change::revision));
    return changes;
  }

  /** The place of the first change in such a list that lies after a revision. */
  static int after(List<Change> changes, long revision) {
    int low = 0;
    int high = changes.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (changes.get(middle).revision() > revision) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** All keys of which something is known, in order. */
  Iterable<String> keys() {
    return byKey.keySet();
  }

  /** Whether somebody may have removed a key without being told so. */
  boolean isPerhapsRemoved(String key) {
    return perhapsRemoved.contains(key);
  }

  /** The oldest revision that could be read in the end, as far as somebody said; 0 for all. */
  long compacted() {
    return compacted;
  }
}
