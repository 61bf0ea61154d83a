package io.quorate.sim;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A process in virtual time: it can end, stop for a while without noticing, and have a clock that
 * is too fast or too slow. What was to happen in one life never happens in the next.
 */
final class SimProcess {
  private static final int HELD_MAX = 5_000;

  private final Timeline timeline;
  private final Runnable settle;
  private final Deque<Runnable> held = new ArrayDeque<>();
  private long life;
  private boolean up;
  private boolean paused;
  private boolean tickHeld;
  private double drift = 1;
  private double clockNanos;
  private long clockSince;

  /** A process that does {@code settle} after everything it does. */
  SimProcess(Timeline timeline, Runnable settle) {
    this.timeline = timeline;
    this.settle = settle;
  }

  boolean isUp() {
    return up;
  }

  boolean isPaused() {
    return paused;
  }

  void start() {
    up = true;
    life++;
  }

  void end() {
    up = false;
    life++;
    paused = false;
    tickHeld = false;
    held.clear();
  }

  void pause(boolean now) {
    if (up && paused != now) {
      paused = now;
      if (!now) {
        Deque<Runnable> waiting = new ArrayDeque<>(held);
        held.clear();
        tickHeld = false;
        waiting.forEach(this::run);
      }
    }
  }

  /** Each second of this process takes {@code factor} true seconds from now on. */
  void setDrift(double factor) {
    clockNanos = exactNanos();
    clockSince = timeline.now();
    drift = factor;
  }

  /** What its clock says. */
  long nanos() {
    return (long) exactNanos();
  }

  private double exactNanos() {
    return clockNanos + (timeline.now() - clockSince) / drift;
  }

  /** Does {@code what} now, or when the pause is over, or not at all. */
  void run(Runnable what) {
    if (!up) {
      return;
    }
    if (paused) {
      if (held.size() < HELD_MAX) {
        held.add(what);
      }
      return;
    }
    what.run();
    if (up) {
      settle.run();
    }
  }

  /** Does {@code what} later, in this life. */
  void later(long nanos, Runnable what) {
    long now = life;
    timeline.after(
        nanos,
        () -> {
          if (life == now) {
            run(what);
          }
        });
  }

  /** Does {@code what} at each tick of this life; the ticks of a pause come as one. */
  void tick(long nanos, Runnable what) {
    long now = life;
    timeline.after(
        (long) (nanos * drift),
        () -> {
          if (life == now) {
            if (!paused || !tickHeld) {
              tickHeld = paused;
              run(what);
            }
            tick(nanos, what);
          }
        });
  }
}
