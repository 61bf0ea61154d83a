package io.quorate.chaos.check;

import io.quorate.chaos.check.LinearizabilitySearch.Result;
import io.quorate.chaos.check.LinearizabilitySearch.Timed;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.model.Model;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether what clients were answered is linearizable: as if each operation had been done at one
 * moment between its call and its answer.
 *
 * <p>An operation that was not answered may have been done at any time since, or never. Where
 * others saw what it wrote it was done by then; where everything that happened to its keys was
 * watched and it is not in there, it was not done. The rest stays open.
 *
 * @param <S> the states of the model
 */
public final class Linearizability<S> implements Checker {
  /** About what one part of a history may take, in bytes; beyond that nothing is said of it. */
  public static final long MEMORY_BYTES_MAX = 512L << 20;

  private final String promise;
  private final Model<S> model;
  private final long memoryBytesMax;

  /** Looks for {@code promise}, in the words of a report, by {@code model}. */
  public Linearizability(String promise, Model<S> model) {
    this(promise, model, MEMORY_BYTES_MAX);
  }

  Linearizability(String promise, Model<S> model, long memoryBytesMax) {
    this.promise = promise;
    this.model = model;
    this.memoryBytesMax = memoryBytesMax;
  }

  @Override
  public List<Finding> check(History history) {
    Map<String, List<Operation>> parts = model.parts(history.of(Operation.class));
    if (parts.isEmpty()) {
      return List.of();
    }
    Sightings sightings = new Sightings(history);
    long checked = 0;
    String tooMuch = "";
    for (Map.Entry<String, List<Operation>> part : parts.entrySet()) {
      List<Timed> operations = timed(part.getValue(), sightings);
      checked += operations.size();
      Result result = search(operations);
      if (result == Result.NONE) {
        return List.of(broken(part.getKey(), operations, sightings, checked));
      }
      if (result == Result.TOO_MUCH) {
        tooMuch = part.getKey();
      }
    }
    return List.of(
        tooMuch.isEmpty()
            ? Finding.held(promise, checked, checked + " operations on " + parts.size() + " keys")
            : Finding.inconclusive(
                promise, "too many orders of the operations on " + tooMuch, checked));
  }

  private static List<Timed> timed(List<Operation> operations, Sightings sightings) {
    List<Timed> timed = new ArrayList<>();
    for (Operation each : operations) {
      if (each.outcome() == Outcome.DONE) {
        timed.add(Timed.of(each));
        continue;
      }
      switch (sightings.fate(each)) {
        case DONE ->
            timed.add(new Timed(each, Math.max(each.span().begin(), sightings.seenAt(each))));
        case OPEN -> timed.add(Timed.of(each));
        case NEVER_DONE -> {}
      }
    }
    return timed;
  }

  private Result search(List<Timed> operations) {
    return new LinearizabilitySearch<>(model, operations, memoryBytesMax).run();
  }

  /** What fails even if nothing is known of the unanswered says more than what does not. */
  private Finding broken(String key, List<Timed> operations, Sightings sightings, long checked) {
    SmallestFailure smallest = new SmallestFailure(each -> search(each) == Result.NONE);
    List<Timed> open = operations.stream().map(Timed::operation).map(Timed::of).toList();
    Set<Fact> facts = new LinkedHashSet<>();
    for (Timed each : smallest.reduce(search(open) == Result.NONE ? open : operations)) {
      facts.add(each.operation());
      if (each.operation().outcome() == Outcome.UNKNOWN && !each.isOpen()) {
        sightings.seenBy(each.operation()).ifPresent(facts::add);
      }
    }
    return Finding.broken(
        promise, "no order explains what was answered of " + key, checked, List.copyOf(facts));
  }
}
