package io.quorate.chaos.report;

import io.quorate.chaos.history.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Operations by the time of their end. A bucket is a second wide; each time there would be more
 * than {@link #BUCKETS_MAX}, two become one of twice that width. So one pass is enough, without
 * knowing how long the run was, and no more than 5 MiB are needed.
 */
final class Buckets {
  /** The most buckets. Even, so that two and two become one. */
  static final int BUCKETS_MAX = 600;

  private List<Tally> tallies = new ArrayList<>();
  private long widthNanos = TimeUnit.SECONDS.toNanos(1);

  void add(Fact.Operation operation) {
    long at = Math.max(0, operation.span().end());
    while (at / widthNanos >= BUCKETS_MAX) {
      widen();
    }
    int index = (int) (at / widthNanos);
    while (tallies.size() <= index) {
      tallies.add(new Tally());
    }
    tallies.get(index).add(operation);
  }

  private void widen() {
    List<Tally> wider = new ArrayList<>();
    for (int i = 0; i < tallies.size(); i++) {
      if (i % 2 == 0) {
        wider.add(tallies.get(i));
      } else {
        wider.get(i / 2).addAll(tallies.get(i));
      }
    }
    tallies = wider;
    widthNanos *= 2;
  }

  /** From the beginning of the run to the last operation, none left out. */
  List<Tally> tallies() {
    return List.copyOf(tallies);
  }

  long widthNanos() {
    return widthNanos;
  }
}
