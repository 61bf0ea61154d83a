package io.quorate.chaos.report;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Outcome;
import java.util.EnumMap;
import java.util.Map;

/**
 * What became of some operations: how many of each outcome, and how long the answered ones took.
 */
final class Tally {
  private final Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
  private final Latencies latencies = new Latencies();

  void add(Fact.Operation operation) {
    counts.merge(operation.outcome(), 1L, Long::sum);
    if (operation.outcome() == Outcome.DONE) {
      latencies.add(operation.span().end() - operation.span().begin());
    }
  }

  void addAll(Tally other) {
    other.counts.forEach((outcome, count) -> counts.merge(outcome, count, Long::sum));
    latencies.addAll(other.latencies);
  }

  long count(Outcome outcome) {
    return counts.getOrDefault(outcome, 0L);
  }

  long all() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Of those that were answered. */
  Latencies latencies() {
    return latencies;
  }
}
