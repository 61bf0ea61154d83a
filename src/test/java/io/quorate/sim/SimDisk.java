package io.quorate.sim;

import io.quorate.base.SeededRandom;
import io.quorate.journal.SimJournal;
import org.jspecify.annotations.Nullable;

/**
 * The device under a log: one write at a time, which takes a while and, when the process ends
 * meanwhile, has reached the device, or not, or in part.
 */
final class SimDisk {
  private static final long LATENCY_MIN = 50 * Timeline.MICROS;
  private static final int SLOW_FACTOR = 500;

  private final Timeline timeline;
  private final SeededRandom random;
  private final Tally tally;
  private final Climate climate;
  private @Nullable Write writing;
  private long writes;
  private boolean slow;
  private boolean full;

  /** What is written. */
  interface Write {
    /** All of it reached the device. */
    void whole();

    /** Power is lost meanwhile; what is left of it. */
    SimJournal.Left interrupted();
  }

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

  /** How long a read takes; slow writes do not slow it down. */
  long readLatency() {
    return LATENCY_MIN + random.nextInt(climate.diskMicros()) * Timeline.MICROS;
  }

  /** How long the next write takes. */
  long latency() {
    long latency = readLatency();
    if (slow) {
      tally.count(Fault.SLOW_DISK);
      return latency * SLOW_FACTOR;
    }
    return latency;
  }

  /** Begins a write; {@code done} follows when it is durable. Whether it began. */
  boolean write(Write write, Runnable done) {
    if (full) {
      tally.count(Fault.FULL_DISK);
      return false;
    }
    writing = write;
    long number = ++writes;
    timeline.after(
        latency(),
        () -> {
          if (writes == number && writing != null) {
            writing = null;
            write.whole();
            done.run();
          }
        });
    return true;
  }

  /** The process ended. */
  void crash() {
    Write lost = writing;
    writing = null;
    writes++;
    if (lost == null) {
      return;
    }
    if (random.chance(500)) {
      lost.whole();
      return;
    }
    switch (lost.interrupted()) {
      case WHOLE -> {}
      case TORN -> tally.count(Fault.TORN_WRITE);
      case NOTHING -> tally.count(Fault.LOST_WRITE);
    }
  }
}
