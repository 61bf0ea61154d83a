package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * When each value was first seen by anybody, and whether nobody can have missed one. It tells what
 * became of writes that were never answered. Only values that one single operation can have written
 * count. Never changes.
 */
final class Sightings {
  private record Written(String key, String value) {}

  private record Seen(long at, Fact by) {}

  private final HashMap<Written, Seen> first = new HashMap<>();
  private final HashSet<Written> ambiguous = new HashSet<>();
  private final List<String> watchedPrefixes;

  Sightings(History history) {
    HashSet<Written> asked = new HashSet<>();
    List<Operation> operations = history.of(Operation.class);
    for (Operation each : operations) {
      writes(each).distinct().filter(written -> !asked.add(written)).forEach(ambiguous::add);
      each.reply().stream()
          .flatMap(reply -> reply.results().stream())
          .map(Reply.Result::rows)
          .flatMap(List::stream)
          .forEach(row -> see(row, each.span().end(), each));
    }
    for (Fact.WatchTold told : history.of(Fact.WatchTold.class)) {
      told.events().stream()
          .filter(event -> !event.isRemoval())
          .forEach(event -> see(event.row(), told.at(), told));
    }
    for (Fact.State state : history.of(Fact.State.class)) {
      state.rows().forEach(row -> see(row, state.at(), state));
    }
    this.watchedPrefixes = watchedWhole(history);
  }

  private static Stream<Written> writes(Operation operation) {
    return Stream.concat(
            operation.request().then().stream(), operation.request().otherwise().stream())
        .filter(Step.Write.class::isInstance)
        .map(Step.Write.class::cast)
        .map(write -> new Written(write.key(), write.value()));
  }

  private void see(Row row, long at, Fact by) {
    first.merge(
        new Written(row.key(), row.value()),
        new Seen(at, by),
        (known, other) -> known.at() <= other.at() ? known : other);
  }

  /**
   * The prefixes of which some watcher was told everything, from the first revision to the last.
   */
  private static List<String> watchedWhole(History history) {
    long newest =
        history.of(Fact.State.class).stream().mapToLong(Fact.State::revision).max().orElse(-1);
    HashMap<String, Long> reached = new HashMap<>();
    history
        .of(Fact.WatchTold.class)
        .forEach(t -> reached.merge(t.watcher(), t.revision(), Math::max));
    Set<String> broken = new HashSet<>();
    history.of(Fact.WatchEnded.class).stream()
        .filter(ended -> ended.compacted() > 0)
        .forEach(ended -> broken.add(ended.watcher()));
    return history.of(Fact.WatchOpened.class).stream()
        .filter(opened -> opened.from() == 1 || opened.from() == 2)
        .filter(opened -> newest >= 0 && reached.getOrDefault(opened.watcher(), 0L) >= newest)
        .filter(opened -> !broken.contains(opened.watcher()))
        .map(Fact.WatchOpened::prefix)
        .distinct()
        .toList();
  }

  /** Whether every value that {@code key} ever had was seen. */
  private boolean isWatchedWhole(String key) {
    return watchedPrefixes.stream().anyMatch(key::startsWith);
  }

  /** What became of an operation that was not answered, by what others saw. */
  enum Fate {
    /** It was done by {@link #seenAt}. */
    DONE,
    /** It was not done: nobody saw it who had to see it. */
    NEVER_DONE,
    /** That cannot be said. */
    OPEN
  }

  /** What became of an operation that was not answered. */
  Fate fate(Operation operation) {
    List<Written> written = writes(operation).toList();
    if (written.isEmpty() || written.stream().anyMatch(ambiguous::contains)) {
      return Fate.OPEN;
    }
    if (written.stream().anyMatch(first::containsKey)) {
      return Fate.DONE;
    }
    boolean changesMore =
        Stream.concat(operation.request().then().stream(), operation.request().otherwise().stream())
            .anyMatch(Step.Remove.class::isInstance);
    return !changesMore && written.stream().allMatch(each -> isWatchedWhole(each.key()))
        ? Fate.NEVER_DONE
        : Fate.OPEN;
  }

  /** When the first of its values was seen; only of one that is {@link Fate#DONE}. */
  long seenAt(Operation operation) {
    return seen(operation).orElseThrow().at();
  }

  /** Who saw one of its values first. */
  Optional<Fact> seenBy(Operation operation) {
    return seen(operation).map(Seen::by);
  }

  private Optional<Seen> seen(Operation operation) {
    return writes(operation)
        .filter(first::containsKey)
        .map(first::get)
        .min(Comparator.comparingLong(Seen::at));
  }
}
