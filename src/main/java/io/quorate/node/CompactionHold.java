package io.quorate.node;

import io.quorate.base.Check;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Keeps compaction from removing rows that a read in several steps still needs. A read at revision
 * R holds back the removal of what compactions above R have outdated; the compactions themselves
 * are accepted meanwhile. Each hold ends by itself after a while, and no compaction is held back
 * for longer than that, however many reads follow one another: then the holds in its way are
 * broken. Any thread.
 *
 * <p>A read takes its hold and then looks at {@link StoreReader#compacted}: if that is not above R,
 * no row that it needs has gone. On each further view it first looks whether the hold {@linkplain
 * Hold#isBroken is broken}.
 */
public final class CompactionHold {
  /** The longest time that one hold lasts, and that one compaction waits. */
  public static final Duration HOLD_MAX = Duration.ofSeconds(60);

  private final LongSupplier nanoTime;
  private final long holdNanosMax;
  private final List<Hold> holds = new ArrayList<>();
  private boolean waiting;
  private long waitingSinceNanos;

  /** Holds that are timed by {@code nanoTime}, of the kind of {@link System#nanoTime}. */
  public CompactionHold(LongSupplier nanoTime, Duration holdMax) {
    this.nanoTime = nanoTime;
    this.holdNanosMax = holdMax.toNanos();
  }

  /** The hold of one read. */
  public final class Hold implements AutoCloseable {
    private final long revision;
    private final long startNanos;
    private final long nanosMax;
    private boolean broken;

    private Hold(long revision, long startNanos, long nanosMax) {
      this.revision = revision;
      this.startNanos = startNanos;
      this.nanosMax = nanosMax;
    }

    /** Whether rows of the read's revision may have gone, if it was compacted. */
    public boolean isBroken() {
      synchronized (CompactionHold.this) {
        return broken;
      }
    }

    @Override
    public void close() {
      synchronized (CompactionHold.this) {
        holds.remove(this);
      }
    }
  }

  /** Takes a hold for a read at {@code revision}, which must be closed. */
  public Hold take(long revision) {
    return take(revision, holdNanosMax);
  }

  /**
   * Takes a hold of {@code revision} that lasts as long as {@code nanosMax} says, whatever waits:
   * for what would have to begin anew if it were broken.
   */
  synchronized Hold take(long revision, long nanosMax) {
    Check.that(revision > 0, "hold at revision %d", revision);
    Hold hold = new Hold(revision, nanoTime.getAsLong(), nanosMax);
    holds.add(hold);
    return hold;
  }

  /** The store is replaced: no row that a read needs is certain to be there. */
  synchronized void breakAll() {
    holds.forEach(hold -> hold.broken = true);
  }

  /** How many reads hold. */
  public synchronized int size() {
    return holds.size();
  }

  /**
   * Whether compaction at {@code at} may remove rows now; whoever was told so may. Called by the
   * one thread that removes, before each step.
   */
  synchronized boolean mayRemove(long at) {
    long now = nanoTime.getAsLong();
    boolean overdue = waiting && now - waitingSinceNanos >= holdNanosMax;
    boolean held = false;
    for (Hold hold : holds) {
      if (hold.revision < at && !hold.broken) {
        boolean patient = hold.nanosMax > holdNanosMax;
        if ((overdue && !patient) || now - hold.startNanos >= hold.nanosMax) {
          hold.broken = true;
        } else {
          held = true;
        }
      }
    }
    if (held && !waiting) {
      waitingSinceNanos = now;
    }
    waiting = held;
    return !held;
  }
}
