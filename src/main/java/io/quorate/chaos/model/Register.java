package io.quorate.chaos.model;

import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One key as a register that can be read, written, removed, and compared and set by its value. It
 * looks at values alone and believes no revision, so that it says something even of a store whose
 * revisions lie.
 *
 * <p>A state is the value, or nothing while the key is not there.
 */
public final class Register implements Model<Optional<String>> {
  @Override
  public Optional<String> initial() {
    return Optional.empty();
  }

  @Override
  public Optional<Optional<String>> step(Optional<String> state, Operation operation) {
    Request request = operation.request();
    boolean holds = request.guards().stream().allMatch(guard -> holds(guard, state));
    List<Step> steps = holds ? request.then() : request.otherwise();
    if (operation.reply().isEmpty()) {
      return Optional.of(run(steps, state));
    }
    Reply reply = operation.reply().get();
    if (reply.succeeded() != holds || reply.results().size() != steps.size()) {
      return Optional.empty();
    }
    Optional<String> now = state;
    for (int i = 0; i < steps.size(); i++) {
      if (!fits(steps.get(i), now, reply.results().get(i))) {
        return Optional.empty();
      }
      now = run(steps.get(i), now);
    }
    return Optional.of(now);
  }

  private static boolean holds(Guard guard, Optional<String> state) {
    return guard.field() == Guard.Field.VALUE
        ? state.isPresent() && state.get().equals(guard.expected())
        : state.isEmpty();
  }

  private static Optional<String> run(List<Step> steps, Optional<String> state) {
    Optional<String> now = state;
    for (Step step : steps) {
      now = run(step, now);
    }
    return now;
  }

  private static Optional<String> run(Step step, Optional<String> state) {
    if (step instanceof Step.Write write) {
      return Optional.of(write.value());
    }
    return step instanceof Step.Remove ? Optional.empty() : state;
  }

  private static boolean fits(Step step, Optional<String> state, Reply.Result result) {
    if (step instanceof Step.Read) {
      return result.rows().stream().map(Row::value).toList().equals(state.stream().toList());
    }
    return !(step instanceof Step.Remove) || result.count() == state.stream().count();
  }

  /**
   * By key. Left out is what was refused, what may be stale, and every key of which some operation
   * touches other keys too, compares what a register does not have, or lets it end with a lease:
   * such a key goes without anybody's asking.
   */
  @Override
  public Map<String, List<Operation>> parts(List<Operation> operations) {
    Map<String, List<Operation>> parts = new TreeMap<>();
    Set<String> foreign = new LinkedHashSet<>();
    for (Operation each : operations) {
      if (each.outcome() == Outcome.REFUSED || each.request().mayBeStale()) {
        continue;
      }
      Set<String> keys = keys(each.request());
      boolean isKnown =
          each.request().guards().stream().allMatch(Register::isKnown)
              && steps(each.request()).allMatch(Register::isKnown);
      if (keys.size() == 1 && isKnown) {
        parts.computeIfAbsent(keys.iterator().next(), key -> new ArrayList<>()).add(each);
      } else {
        foreign.addAll(keys);
      }
    }
    parts.keySet().removeAll(foreign);
    return parts;
  }

  /** Of the value, or that the key is not there. */
  private static boolean isKnown(Guard guard) {
    return guard.field() == Guard.Field.VALUE || guard.expected().equals("0");
  }

  private static boolean isKnown(Step step) {
    return step instanceof Step.Write write ? write.lease() == 0 : !(step instanceof Step.Scan);
  }

  private static Stream<Step> steps(Request request) {
    return Stream.concat(request.then().stream(), request.otherwise().stream());
  }

  private static Set<String> keys(Request request) {
    Set<String> keys = new LinkedHashSet<>();
    request.guards().forEach(guard -> keys.add(guard.key()));
    steps(request).flatMap(step -> key(step).stream()).forEach(keys::add);
    return keys;
  }

  private static Optional<String> key(Step step) {
    if (step instanceof Step.Read read) {
      return Optional.of(read.key());
    }
    if (step instanceof Step.Write write) {
      return Optional.of(write.key());
    }
    return step instanceof Step.Remove remove ? Optional.of(remove.key()) : Optional.empty();
  }
}
