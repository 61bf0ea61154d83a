package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What happened to each key at which revision, put together from everything that anybody was told:
 * answers of writes, rows that were read, events of watches. Where two of them disagree the first
 * disagreement is kept. Never changes.
 */
final class RevisionLog {
  /**
   * What a key became at a revision.
   *
   * @param value what it holds; nothing if it was removed
   * @param created the revision at which it was created, as far as changes are known; 0 if removed
   * @param version how often it was written since; 0 if removed
   * @param told who told so first
   */
  record Change(Optional<String> value, long created, long version, Fact told) {
    private Change after(long revision, @Nullable Change before) {
      if (value.isEmpty()) {
        return this;
      }
      return before == null || before.value().isEmpty()
          ? new Change(value, revision, 1, told)
          : new Change(value, before.created(), before.version() + 1, told);
    }
  }

  /** Two facts that cannot both be true. */
  record Conflict(String why, Fact one, Fact other) {}

  private final Map<String, NavigableMap<Long, Change>> byKey = new TreeMap<>();
  private final long[] revisions;
  private final List<Conflict> conflicts = new ArrayList<>(1);

  RevisionLog(History history) {
    for (Fact.WatchTold told : history.of(Fact.WatchTold.class)) {
      for (Fact.Event event : told.events()) {
        Row row = event.row();
        Optional<String> value = event.isRemoval() ? Optional.empty() : Optional.of(row.value());
        add(row.key(), row.modified(), value, told);
      }
    }
    for (Operation each : history.of(Operation.class)) {
      each.reply().ifPresent(reply -> addWrites(each, reply.revision()));
      each.reply().stream()
          .flatMap(reply -> reply.results().stream())
          .forEach(result -> result.rows().forEach(row -> addRow(row, each)));
    }
    for (Fact.State state : history.of(Fact.State.class)) {
      state.rows().forEach(row -> addRow(row, state));
    }
    byKey.values().forEach(RevisionLog::count);
    this.revisions =
        byKey.values().stream()
            .flatMapToLong(each -> each.keySet().stream().mapToLong(Long::longValue))
            .sorted()
            .distinct()
            .toArray();
  }

  private static void count(NavigableMap<Long, Change> changes) {
    Change last = null;
    for (Map.Entry<Long, Change> each : changes.entrySet()) {
      last = each.getValue().after(each.getKey(), last);
      each.setValue(last);
    }
  }

  /** The last step on a key counts; what a removal did not find changes nothing. */
  private void addWrites(Operation operation, long revision) {
    Map<String, Optional<String>> changed = new TreeMap<>();
    List<Step> steps = operation.stepsDone();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      if (step instanceof Step.Write write) {
        changed.put(write.key(), Optional.of(write.value()));
      } else if (step instanceof Step.Remove remove
          && operation.reply().orElseThrow().results().get(i).count() > 0) {
        changed.put(remove.key(), Optional.empty());
      }
    }
    changed.forEach((key, value) -> add(key, revision, value, operation));
  }

  private void addRow(Row row, Fact told) {
    add(row.key(), row.modified(), Optional.of(row.value()), told);
  }

  private void add(String key, long revision, Optional<String> value, Fact told) {
    Change known =
        byKey
            .computeIfAbsent(key, k -> new TreeMap<>())
            .putIfAbsent(revision, new Change(value, 0, 0, told));
    if (known != null && !known.value().equals(value) && conflicts.isEmpty()) {
      conflicts.add(
          new Conflict(key + " became two things at revision " + revision, known.told(), told));
    }
  }

  /** The first two facts that disagree about what a key became, if any do. */
  Optional<Conflict> conflict() {
    return conflicts.stream().findFirst();
  }

  /** The newest change of {@code key} at or below {@code revision}, as far as it is known. */
  Optional<Map.Entry<Long, Change>> at(String key, long revision) {
    return Optional.ofNullable(byKey.get(key)).map(changes -> changes.floorEntry(revision));
  }

  /** All changes of a key, by revision. */
  NavigableMap<Long, Change> of(String key) {
    return byKey.getOrDefault(key, new TreeMap<>());
  }

  /** The keys that begin with {@code prefix} and of which anything is known, in order. */
  List<String> keys(String prefix) {
    return byKey.keySet().stream().filter(key -> key.startsWith(prefix)).toList();
  }

  /** All keys of which anything is known. */
  List<String> keys() {
    return List.copyOf(byKey.keySet());
  }

  /** Whether something is known of every revision above {@code from} up to {@code to}. */
  boolean isWhole(long from, long to) {
    return to <= from || place(to + 1) - place(from + 1) == to - from;
  }

  private int place(long revision) {
    int found = Arrays.binarySearch(revisions, revision);
    return found < 0 ? -found - 1 : found;
  }
}
