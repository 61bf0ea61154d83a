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
            .map(Fact::span)
            .flatMapToLong(each -> LongStream.of(each.begin(), each.end()))
            .sorted()
            .distinct()
            .toArray();
    this.decimals = decimals(times);
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
    Span span = fact.span();
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
