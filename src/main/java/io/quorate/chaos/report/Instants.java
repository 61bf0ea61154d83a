package io.quorate.chaos.report;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Span;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** All times at which one of some facts began or ended, in their order, each once. */
final class Instants {
  private static final int DECIMALS_MIN = 3;
  private static final int DECIMALS_MAX = 9;

  private final long[] times;
  private final int decimals;

  Instants(List<Fact> facts) {
    this.times =
        facts.stream()
            .map(Instants::span)
            .flatMapToLong(each -> LongStream.of(each.begin(), each.end()))
            .sorted()
            .distinct()
            .toArray();
    this.decimals = decimals(times);
  }

  /** When a fact was; of one that took no time, both ends are the same. */
  static Span span(Fact fact) {
    if (fact instanceof Fact.Operation operation) {
      return operation.span();
    }
    if (fact instanceof Fact.Fault fault) {
      return fault.span();
    }
    long at = at(fact);
    return new Span(at, at);
  }

  private static long at(Fact fact) {
    if (fact instanceof Fact.WatchOpened opened) {
      return opened.at();
    }
    if (fact instanceof Fact.WatchTold told) {
      return told.at();
    }
    if (fact instanceof Fact.WatchEnded ended) {
      return ended.at();
    }
    if (fact instanceof Fact.LeaseTold lease) {
      return lease.at();
    }
    if (fact instanceof Fact.LockTold lock) {
      return lock.at();
    }
    if (fact instanceof Fact.Leader leader) {
      return leader.at();
    }
    if (fact instanceof Fact.Hash hash) {
      return hash.at();
    }
    if (fact instanceof Fact.State state) {
      return state.at();
    }
    return fact instanceof Fact.End end ? end.at() : 0;
  }

  List<Long> times() {
    return Arrays.stream(times).boxed().toList();
  }

  int count() {
    return times.length;
  }

  /** How many there are before this one. */
  int rank(long time) {
    return Arrays.binarySearch(times, time);
  }

  /** A time, as exact as it takes to tell it from those beside it. */
  String label(long time) {
    return Words.seconds(time, decimals);
  }

  /** The time of a fact, or both of its times. */
  String when(Fact fact) {
    Span span = span(fact);
    return span.begin() == span.end()
        ? label(span.begin())
        : label(span.begin()) + " to " + label(span.end());
  }

  private static int decimals(long[] times) {
    long least = Long.MAX_VALUE;
    for (int i = 1; i < times.length; i++) {
      least = Math.min(least, times[i] - times[i - 1]);
    }
    int decimals = DECIMALS_MIN;
    for (long unit = 1_000_000; decimals < DECIMALS_MAX && least < unit; unit /= 10) {
      decimals++;
    }
    return decimals;
  }
}
