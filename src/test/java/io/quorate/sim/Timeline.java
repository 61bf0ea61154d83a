package io.quorate.sim;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Virtual time, in nanoseconds, and what is to happen when; equal times keep their order. */
final class Timeline {
  static final long MICROS = 1_000;
  static final long MILLIS = 1_000_000;
  static final long SECONDS = 1_000_000_000;

  private record Due(long at, long order, Runnable what) {}

  private final PriorityQueue<Due> dues =
      new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::order));
  private long now;
  private long steps;
  private long orders;

  long now() {
    return now;
  }

  /** How many things have happened. */
  long steps() {
    return steps;
  }

  void after(long nanos, Runnable what) {
    dues.add(new Due(now + nanos, orders++, what));
  }

  /** Lets everything happen up to {@code nanos} from now. */
  void run(long nanos) {
    long end = now + nanos;
    while (!dues.isEmpty() && dues.peek().at() <= end) {
      Due next = dues.remove();
      now = next.at();
      steps++;
      next.what().run();
    }
    now = end;
  }
}
