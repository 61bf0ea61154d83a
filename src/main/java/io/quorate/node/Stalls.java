package io.quorate.node;

/**
 * Whether a leader does its work: its disk, its state machine and its ticks each have an election
 * time-out. One that is late with any of them still answers heartbeats, so nobody else would notice
 * that nothing goes on. Used by one thread.
 */
final class Stalls {
  private static final long NOTHING = -1;

  private final long limitNanos;
  private long writingSince = NOTHING;
  private long applyingSince = NOTHING;
  private long tickedAt;
  private long sinceTick;

  /**
   * @param limitNanos how long anything may take
   * @param nowNanos the time of {@link System#nanoTime}
   */
  Stalls(long limitNanos, long nowNanos) {
    this.limitNanos = limitNanos;
    this.tickedAt = nowNanos;
  }

  /** A write went to the disk. */
  void writing(long nowNanos) {
    writingSince = nowNanos;
  }

  /** It is durable. */
  void written() {
    writingSince = NOTHING;
  }

  /** Entries were handed to the state machine. */
  void applying(long nowNanos) {
    if (applyingSince == NOTHING) {
      applyingSince = nowNanos;
    }
  }

  /** The state machine has come further; {@code done} when it has nothing left. */
  void applied(boolean done, long nowNanos) {
    applyingSince = done ? NOTHING : nowNanos;
  }

  /** Whether the last tick came more than one tick late, each of {@code tickNanos}. */
  boolean isTickLate(long tickNanos) {
    return sinceTick > 2 * tickNanos;
  }

  /** A tick came; what is late, or null when nothing is. */
  @org.jspecify.annotations.Nullable
  String tick(long nowNanos) {
    sinceTick = nowNanos - tickedAt;
    tickedAt = nowNanos;
    if (sinceTick > limitNanos) {
      return "ticks";
    }
    if (writingSince != NOTHING && nowNanos - writingSince > limitNanos) {
      return "disk";
    }
    if (applyingSince != NOTHING && nowNanos - applyingSince > limitNanos) {
      return "state machine";
    }
    return null;
  }
}
