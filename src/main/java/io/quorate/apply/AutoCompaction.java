package io.quorate.apply;

import io.quorate.base.Check;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Decides when a member compacts by itself, and how far. Looks at what it is shown once every
 * {@link #paceNanos}; between two looks nothing happens. Used by one thread.
 *
 * <p>In the periodic mode a revision is compacted when it has been the newest one a whole retention
 * ago: the first time after one retention, then every retention or hour, whichever is shorter. That
 * interval is cut into {@value #LOOKS_PER_INTERVAL} looks, each of which remembers the newest
 * revision. Example, retention 2 h: looks every 6 min, compactions at 2 h, 3 h, 4 h, ..., each at
 * the oldest of the 21 revisions remembered. In the revision mode a fixed number of revisions is
 * kept, and a look is taken every {@value #REVISION_PACE_MINUTES} min.
 *
 * <p>Every member looks, so that one that becomes the leader has the memory; only a leader
 * compacts. What fails is tried again at the next look, at the revision that is then due.
 */
public final class AutoCompaction {
  /** What the retention counts. */
  public enum Mode {
    /** Nanoseconds. */
    PERIODIC,
    /** Revisions. */
    REVISION
  }

  /**
   * What is kept.
   *
   * @param mode what the retention counts
   * @param retention nanoseconds or revisions; 0 for no automatic compaction
   */
  public record Policy(Mode mode, long retention) {
    /** Nothing is compacted by itself. */
    public static final Policy OFF = new Policy(Mode.PERIODIC, 0);

    /** Checks the bounds. */
    public Policy {
      Check.that(retention >= 0, "retention %d", retention);
    }

    /** Whether anything is compacted by itself. */
    public boolean isOn() {
      return retention > 0;
    }
  }

  /** That no compaction is due. */
  public static final long NOTHING = 0;

  private static final int LOOKS_PER_INTERVAL = 10;
  private static final int REVISION_PACE_MINUTES = 5;
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final long INTERVAL_NANOS_MAX = 60 * MINUTE_NANOS;

  /** A shorter pace is rounded up to this: timers are not finer. */
  private static final long PACE_NANOS_MIN = 10_000_000L;

  private final Policy policy;
  private final long paceNanos;
  private final long looksKept;
  // Newest revisions as of the last looks, oldest first. One more every pace at most, so its size
  // follows the time that has passed, never the retention alone.
  private final Deque<Long> revisions = new ArrayDeque<>();
  private long lastNanos;
  private long lastRevision;
  private boolean first = true;

  /**
   * Starts to look.
   *
   * @param policy what is kept; must be on
   * @param nowNanos a monotonic time
   * @param revision the newest revision
   */
  public AutoCompaction(Policy policy, long nowNanos, long revision) {
    Check.that(policy.isOn(), "automatic compaction without a retention");
    this.policy = policy;
    this.paceNanos =
        policy.mode() == Mode.REVISION
            ? REVISION_PACE_MINUTES * MINUTE_NANOS
            : Math.max(PACE_NANOS_MIN, intervalNanos() / LOOKS_PER_INTERVAL);
    this.looksKept = policy.retention() / paceNanos + 1;
    this.lastNanos = nowNanos;
    revisions.add(revision);
  }

  private long intervalNanos() {
    return Math.min(policy.retention(), INTERVAL_NANOS_MAX);
  }

  /** The time between two looks, in nanoseconds. */
  public long paceNanos() {
    return paceNanos;
  }

  /**
   * One look.
   *
   * @param nowNanos the time
   * @param revision the newest revision
   * @param leads whether this member leads
   * @return the revision to compact at, or {@link #NOTHING}
   */
  public long look(long nowNanos, long revision, boolean leads) {
    long due = policy.mode() == Mode.REVISION ? revision - policy.retention() : oldest(nowNanos);
    if (policy.mode() == Mode.PERIODIC) {
      revisions.add(revision);
      if (revisions.size() > looksKept) {
        revisions.remove();
      }
    }
    return leads && due > 0 && due != lastRevision ? due : NOTHING;
  }

  private long oldest(long nowNanos) {
    long wait = first ? policy.retention() : intervalNanos();
    return nowNanos - lastNanos >= wait ? revisions.element() : NOTHING;
  }

  /** The compaction at {@code revision} was done, here or by another. */
  public void done(long revision, long nowNanos) {
    lastRevision = revision;
    lastNanos = nowNanos;
    first = false;
  }
}
