package io.quorate.chaos.nemesis;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * Which fault comes next, for how long, and after what time: the same for the same seed and kinds.
 * All kinds come in turn, in an order that is shuffled for each turn, so that a run that is long
 * enough has each of them. One thread.
 */
public final class Schedule {
  /** The shortest and the longest time that a fault works. */
  static final Duration FAULT_MIN = Duration.ofMillis(1_500);

  static final Duration FAULT_MAX = Duration.ofSeconds(6);

  /** The shortest and the longest time without one, once all is well again. */
  static final Duration PEACE_MIN = Duration.ofMillis(500);

  static final Duration PEACE_MAX = Duration.ofMillis(2_500);

  /**
   * A fault that is to come.
   *
   * @param after how long nothing is done before it
   * @param kind which
   * @param lasts how long it works, where that is not in its nature
   * @param luck decides the rest: to whom, how much
   */
  public record Turn(Duration after, Kind kind, Duration lasts, Random luck) {}

  private final List<Kind> kinds;
  private final Random random;
  private final Deque<Kind> deck = new ArrayDeque<>();

  /** Of these kinds, at least one. */
  public Schedule(List<Kind> kinds, long seed) {
    if (kinds.isEmpty()) {
      throw new IllegalArgumentException("a schedule of no faults");
    }
    this.kinds = List.copyOf(kinds);
    this.random = new Random(seed);
  }

  /** What comes next. */
  public Turn next() {
    if (deck.isEmpty()) {
      List<Kind> shuffled = new ArrayList<>(kinds);
      Collections.shuffle(shuffled, random);
      deck.addAll(shuffled);
    }
    return new Turn(
        between(PEACE_MIN, PEACE_MAX),
        deck.remove(),
        between(FAULT_MIN, FAULT_MAX),
        new Random(random.nextLong()));
  }

  private Duration between(Duration least, Duration most) {
    long millis = most.minus(least).toMillis();
    return least.plusMillis(random.nextLong(millis + 1));
  }
}
