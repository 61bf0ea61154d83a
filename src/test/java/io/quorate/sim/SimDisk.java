package io.quorate.sim;

import io.quorate.base.SeededRandom;
import org.jspecify.annotations.Nullable;

/**
 * The device under a log: one write at a time, which takes a while and, when the process ends
 * meanwhile, has reached the device or not.
 */
final class SimDisk {
  private static final long LATENCY_MIN = 50 * Timeline.MICROS;
  private static final int SLOW_FACTOR = 500;

  private final Timeline timeline;
  private final SeededRandom random;
  private final Tally tally;
  private final Climate climate;
  private @Nullable Runnable writing;
  private long writes;
  private boolean slow;
  private boolean full;

  SimDisk(Timeline timeline, SeededRandom random, Tally tally, Climate climate) {
    this.timeline = timeline;
    this.random = random;
    this.tally = tally;
    this.climate = climate;
  }

  void setSlow(boolean now) {
    slow = now;
  }

  void setFull(boolean now) {
    full = now;
  }

  boolean isFull() {
    return full;
  }

  boolean isWriting() {
    return writing != null;
  }

  /** How long the next write takes. */
  long latency() {
    long latency = LATENCY_MIN + random.nextInt(climate.diskMicros()) * Timeline.MICROS;
    if (slow) {
      tally.count(Fault.SLOW_DISK);
      return latency * SLOW_FACTOR;
    }
    return latency;
  }

  /** Begins a write: {@code effect} is what it changes, {@code done} follows. Whether it began. */
  boolean write(Runnable effect, Runnable done) {
    if (full) {
      tally.count(Fault.FULL_DISK);
      return false;
    }
    writing = effect;
    long number = ++writes;
    timeline.after(
        latency(),
        () -> {
          if (writes == number && writing != null) {
            writing = null;
            effect.run();
            done.run();
          }
        });
    return true;
  }

  /** The process ended. */
  void crash() {
    Runnable lost = writing;
    writing = null;
    writes++;
    if (lost != null) {
      if (random.chance(500)) {
        lost.run();
      } else {
        tally.count(Fault.LOST_WRITE);
      }
    }
  }
}
