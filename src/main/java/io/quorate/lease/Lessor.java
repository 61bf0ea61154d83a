package io.quorate.lease;

import io.quorate.base.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The clock of the leases. Every member tells its lessor which leases exist; only that of the
 * leader is primary, lets leases expire and renews them.
 *
 * <p>A lease never expires before its time to live after its last renewal has passed, on whichever
 * member was leader: what a renewal promised outlives the leader, since a replicated remaining time
 * is taken back through the log before the promise is made ({@link #CLEAR_FIRST}). Example: a lease
 * of 900 s is granted at 0, 600 s remaining are replicated at 300, and a client renews it at 310.
 * Were it told "900 s" at once, a leader elected at 320 would give it only the 600. So remaining 0
 * is proposed first, and the renewal answers once that is applied.
 *
 * <p>Times are nanoseconds of a monotonic clock that began near zero, given by the caller. Not for
 * use by several threads.
 */
public final class Lessor {
  /** Answer of {@link #renew}: there is no such lease. */
  public static final long NOT_FOUND = 0;

  /** Answer of {@link #renew}: another member is to be asked. */
  public static final long NOT_PRIMARY = -1;

  /**
   * Answer of {@link #renew}: the lease is due; whether it is gone is known once it was revoked, or
   * this member is no longer primary.
   */
  public static final long EXPIRING = -2;

  /**
   * Answer of {@link #renew}: propose {@code Checkpoint(id, 0)}, and renew again when it has been
   * applied.
   */
  public static final long CLEAR_FIRST = -3;

  private static final long SECOND = 1_000_000_000L;

  /** How many timers that renewals have outdated one call looks at. */
  private static final int OUTDATED_MAX = 10_000;

  private final LeaseLimits limits;
  private final Map<Long, Lease> leases = new LinkedHashMap<>();
  // A renewal does not touch the heap: a timer that comes due too early is set anew then.
  private final TimerHeap expiries = new TimerHeap();
  private final TimerHeap checkpoints = new TimerHeap();

  private boolean primary;
  private int revoking;
  private long pacedNanos;
  private double allowance;

  /** A lessor that is not primary and knows no lease. */
  public Lessor(LeaseLimits limits) {
    this.limits = limits;
  }

  /** A lease id by lot: positive, and not 0. */
  public static long chooseId(LongSupplier random) {
    long id;
    do {
      id = random.getAsLong() & Long.MAX_VALUE;
    } while (id == 0);
    return id;
  }

  /** The bounds it works within. */
  public LeaseLimits limits() {
    return limits;
  }

  /** Whether this member lets leases expire. */
  public boolean isPrimary() {
    return primary;
  }

  /** The number of leases. */
  public int size() {
    return leases.size();
  }

  /** Whether there is such a lease. */
  public boolean contains(long id) {
    return leases.containsKey(id);
  }

  /**
   * A lease was granted, or found in the store at start.
   *
   * @param ttlSeconds its granted time to live
   * @param remainingSeconds its replicated remaining time, 0 for the full one
   */
  public void granted(long id, long ttlSeconds, long remainingSeconds, long nowNanos) {
    Lease lease = new Lease(id, ttlSeconds, remainingSeconds);
    Check.that(leases.put(id, lease) == null, "lease %d was granted twice", id);
    if (primary) {
      refresh(lease, nowNanos, 0);
      schedule(lease);
    }
  }

  /** A lease was revoked; nothing when there is none. */
  public void revoked(long id) {
    Lease lease = leases.remove(id);
    if (lease != null) {
      expiries.remove(lease.expiry);
      checkpoints.remove(lease.checkpoint);
      if (lease.revoking) {
        revoking--;
      }
    }
  }

  /** A remaining time was replicated; nothing when there is no such lease. */
  public void checkpointed(Checkpoint checkpoint) {
    Lease lease = leases.get(checkpoint.id());
    if (lease != null) {
      lease.remainingSeconds = checkpoint.remainingSeconds();
      lease.checkpointing = false;
    }
  }

  /** Forgets all leases: the store was replaced, and tells anew which there are. */
  public void clear() {
    leases.clear();
    expiries.clear();
    checkpoints.clear();
    revoking = 0;
  }

  /**
   * Gives a lease its full time again.
   *
   * @return its time to live in seconds, or one of {@link #NOT_FOUND}, {@link #NOT_PRIMARY}, {@link
   *     #EXPIRING}, {@link #CLEAR_FIRST}
   */
  public long renew(long id, long nowNanos) {
    if (!primary) {
      return NOT_PRIMARY;
    }
    Lease lease = leases.get(id);
    if (lease == null) {
      return NOT_FOUND;
    }
    if (lease.expiryNanos <= nowNanos) {
      return EXPIRING;
    }
    if (lease.remainingSeconds > 0 || lease.checkpointing) {
      return CLEAR_FIRST;
    }
    refresh(lease, nowNanos, 0);
    return lease.ttlSeconds;
  }

  /** The times of a lease, on the primary; null when there is none. */
  public @Nullable LeaseTime timeToLive(long id, long nowNanos) {
    Check.that(primary, "only the primary knows the time of lease %d", id);
    Lease lease = leases.get(id);
    if (lease == null) {
      return null;
    }
    return new LeaseTime(lease.ttlSeconds, (lease.expiryNanos - nowNanos) / SECOND);
  }

  /** All ids: on the primary those that expire first come first, elsewhere by id. */
  public long[] ids() {
    List<Lease> sorted = new ArrayList<>(leases.values());
    Comparator<Lease> byId = Comparator.comparingLong(lease -> lease.id);
    sorted.sort(
        primary
            ? Comparator.comparingLong((Lease lease) -> lease.expiryNanos).thenComparing(byId)
            : byId);
    long[] ids = new long[sorted.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = sorted.get(i).id;
    }
    return ids;
  }

  /**
   * This member became leader and has proved it.
   *
   * @param extendNanos added to the time of every lease, since none could be renewed while there
   *     was no leader: an election time-out
   */
  public void promote(long nowNanos, long extendNanos) {
    expiries.clear();
    checkpoints.clear();
    primary = true;
    revoking = 0;
    pacedNanos = nowNanos;
    allowance = burst();
    for (Lease lease : leases.values()) {
      lease.revoking = false;
      lease.checkpointing = false;
      refresh(lease, nowNanos, extendNanos);
      schedule(lease);
    }
  }

  /** This member is no longer leader: nothing expires here, and nothing is renewed. */
  public void demote() {
    primary = false;
    expiries.clear();
    checkpoints.clear();
  }

  /** Whether a lease is due, so that {@link #expire} has something to offer. */
  public boolean isExpiryDue(long nowNanos) {
    LeaseTimer first = firstDue(nowNanos, OUTDATED_MAX);
    return first != null;
  }

  /**
   * The leases to revoke now, at the pace of the limits, earliest first. To be called only when
   * this member has proved to be leader after {@link #isExpiryDue} said that one is due. A lease
   * that is not revoked after a while is offered again.
   */
  public long[] expire(long nowNanos) {
    if (!primary) {
      return new long[0];
    }
    double earned = (double) (nowNanos - pacedNanos) * limits.revokesPerSecondMax() / SECOND;
    allowance = Math.min(burst(), allowance + earned);
    pacedNanos = nowNanos;
    long[] ids = new long[limits.revokesPendingMax()];
    int count = 0;
    LeaseTimer timer = firstDue(nowNanos, OUTDATED_MAX);
    while (timer != null && allowance >= 1 && count < ids.length) {
      if (!timer.lease.revoking) {
        if (revoking >= limits.revokesPendingMax()) {
          break;
        }
        timer.lease.revoking = true;
        revoking++;
      }
      ids[count++] = timer.lease.id;
      allowance--;
      expiries.set(timer, nowNanos + limits.revokeRetryNanos());
      timer = firstDue(nowNanos, OUTDATED_MAX);
    }
    return Arrays.copyOf(ids, count);
  }

  /** The remaining times to replicate now, within the bound of one proposal. */
  public List<Checkpoint> checkpoints(long nowNanos) {
    List<Checkpoint> due = new ArrayList<>();
    int looked = 0;
    LeaseTimer timer = checkpoints.first();
    while (timer != null
        && timer.atNanos <= nowNanos
        && due.size() < limits.checkpointsMax()
        && looked++ < OUTDATED_MAX) {
      Lease lease = timer.lease;
      long next = lease.refreshedNanos + limits.checkpointIntervalNanos();
      if (next <= nowNanos) {
        next = nowNanos + limits.checkpointIntervalNanos();
        long left = (lease.expiryNanos - nowNanos + SECOND - 1) / SECOND;
        if (left > 0) {
          lease.checkpointing = true;
          due.add(new Checkpoint(lease.id, left));
        }
      }
      checkpoints.set(timer, next);
      timer = checkpoints.first();
    }
    return due;
  }

  private double burst() {
    return limits.revokesPerSecondMax() / 2.0;
  }

  /** The first timer that is due; those that a renewal has outdated are set anew on the way. */
  private @Nullable LeaseTimer firstDue(long nowNanos, int outdatedMax) {
    for (int i = 0; i < outdatedMax; i++) {
      LeaseTimer first = expiries.first();
      if (first == null || first.atNanos > nowNanos) {
        return null;
      }
      if (first.lease.expiryNanos <= nowNanos) {
        return first;
      }
      expiries.set(first, first.lease.expiryNanos);
    }
    return null;
  }

  private void refresh(Lease lease, long nowNanos, long extendNanos) {
    lease.refreshedNanos = nowNanos;
    long left = lease.effectiveSeconds() * SECOND;
    long from = nowNanos + extendNanos;
    lease.expiryNanos = left > Long.MAX_VALUE - from ? Long.MAX_VALUE : from + left;
  }

  private void schedule(Lease lease) {
    expiries.set(lease.expiry, lease.expiryNanos);
    // Not by what is left now: a renewal gives it its full time, and leaves the timer alone.
    if (lease.ttlSeconds * SECOND > limits.checkpointIntervalNanos()) {
      checkpoints.set(lease.checkpoint, lease.refreshedNanos + limits.checkpointIntervalNanos());
    }
  }
}
