package io.quorate.sim;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What happened over one run or several: a run in which a fault never took effect proves less. */
final class Tally {
  private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
  long steps;
  long virtualNanos;
  long realNanos;
  long elections;
  long operations;
  long acknowledged;
  long events;
  long checks;
  long renewals;
  long expiries;

  void count(Fault fault) {
    faults.merge(fault, 1L, Long::sum);
  }

  /** The faults that never took effect. */
  List<Fault> never() {
    return Stream.of(Fault.values()).filter(fault -> !faults.containsKey(fault)).toList();
  }

  void add(Tally other) {
    other.faults.forEach((fault, count) -> faults.merge(fault, count, Long::sum));
    steps += other.steps;
    virtualNanos += other.virtualNanos;
    realNanos += other.realNanos;
    elections += other.elections;
    operations += other.operations;
    acknowledged += other.acknowledged;
    events += other.events;
    checks += other.checks;
    renewals += other.renewals;
    expiries += other.expiries;
  }

  @Override
  public String toString() {
    double seconds = Math.max(1, realNanos) / 1e9;
    return String.format(
        "%,d steps and %,.0f simulated seconds in %.1f s (%,.0f and %.0f a second); %,d leader"
            + " changes, %,d snapshots, %,d operations of which %,d were acknowledged, %,d watched"
            + " events, %,d leases renewed and %,d expired, %,d checks%n%s",
        steps,
        virtualNanos / 1e9,
        seconds,
        steps / seconds,
        virtualNanos / 1e9 / seconds,
        elections,
        faults.getOrDefault(Fault.SNAPSHOT, 0L),
        operations,
        acknowledged,
        events,
        renewals,
        expiries,
        checks,
        faults);
  }
}
