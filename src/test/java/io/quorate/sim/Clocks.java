package io.quorate.sim;

import java.util.Map;
import java.util.TreeMap;

/**
 * How much time may have passed at most for any process, since clocks run at different rates: what
 * is promised in seconds is promised by the clock of a process, and holds by the fastest of all.
 */
final class Clocks {
  private final Timeline timeline;
  private final Map<Long, Double> rates = new TreeMap<>();
  private double fastest = 1;
  private long sinceNanos;
  private double passedNanos;

  Clocks(Timeline timeline) {
    this.timeline = timeline;
  }

  /** The clock of {@code member} runs at {@code rate} from now on; 1 is true. */
  void set(long member, double rate) {
    passedNanos = fastestNanos();
    sinceNanos = timeline.now();
    rates.put(member, rate);
    fastest = Math.max(1, rates.values().stream().mapToDouble(Double::doubleValue).max().orElse(1));
  }

  /** What the fastest clock of every moment has counted up to now, in nanoseconds. */
  double fastestNanos() {
    return passedNanos + (timeline.now() - sinceNanos) * fastest;
  }

  /** True time. */
  long now() {
    return timeline.now();
  }
}
