package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** A store that keeps every promise: one map, changed by one request after the other. */
final class ModelStore {
  /** What happened at a revision. */
  record Commit(long revision, List<Fact.Event> events) {}

  private final TreeMap<String, Row> rows = new TreeMap<>();
  private final List<Commit> log = new ArrayList<>();
  private long revision = 1;

  /** Does a request, all of it at one revision. */
  Reply apply(Request request) {
    boolean holds = request.guards().stream().allMatch(this::holds);
    List<Fact.Event> events = new ArrayList<>();
    List<Reply.Result> results = new ArrayList<>();
    for (Step step : holds ? request.then() : request.otherwise()) {
      results.add(apply(step, events));
    }
    commit(events);
    return new Reply(revision, holds, results);
  }

  private void commit(List<Fact.Event> events) {
    if (!events.isEmpty()) {
      revision++;
      log.add(new Commit(revision, List.copyOf(events)));
    }
  }

  private boolean holds(Guard guard) {
    Optional<Row> row = Optional.ofNullable(rows.get(guard.key()));
    return switch (guard.field()) {
      case VALUE -> row.map(it -> it.value().equals(guard.expected())).orElse(false);
      case VERSION -> row.map(Row::version).orElse(0L) == Long.parseLong(guard.expected());
      case CREATED -> row.map(Row::created).orElse(0L) == Long.parseLong(guard.expected());
      case MODIFIED -> row.map(Row::modified).orElse(0L) == Long.parseLong(guard.expected());
    };
  }

  private Reply.Result apply(Step step, List<Fact.Event> events) {
    if (step instanceof Step.Read it) {
      List<Row> found = rows.containsKey(it.key()) ? List.of(rows.get(it.key())) : List.of();
      return new Reply.Result(found, found.size());
    } else if (step instanceof Step.Scan it) {
      List<Row> found =
          rows.values().stream().filter(row -> row.key().startsWith(it.prefix())).toList();
      return new Reply.Result(found, found.size());
    } else if (step instanceof Step.Write it) {
      Optional<Row> old = Optional.ofNullable(rows.get(it.key()));
      long at = revision + 1;
      Row row =
          new Row(
              it.key(),
              it.value(),
              old.map(Row::created).orElse(at),
              at,
              old.map(Row::version).orElse(0L) + 1,
              it.lease());
      rows.put(it.key(), row);
      events.add(new Fact.Event(row, false, old));
    } else if (step instanceof Step.Remove it && rows.containsKey(it.key())) {
      remove(it.key(), events);
      return new Reply.Result(List.of(), 1);
    }
    return new Reply.Result(List.of(), 0);
  }

  private void remove(String key, List<Fact.Event> events) {
    Optional<Row> old = Optional.ofNullable(rows.remove(key));
    events.add(new Fact.Event(new Row(key, "", 0, revision + 1, 0, 0), true, old));
  }

  /** Removes all keys that end with a lease. */
  void expire(long lease) {
    List<Fact.Event> events = new ArrayList<>();
    for (Row row : rows()) {
      if (row.lease() == lease) {
        remove(row.key(), events);
      }
    }
    commit(events);
  }

  List<Row> rows() {
    return List.copyOf(rows.values());
  }

  long revision() {
    return revision;
  }

  /** What happened from a revision on, a bounded number of commits. */
  List<Commit> from(long first, int commitsMax) {
    int begin = (int) Math.max(0, first - 2);
    return begin >= log.size()
        ? List.of()
        : List.copyOf(log.subList(begin, Math.min(log.size(), begin + commitsMax)));
  }
}
