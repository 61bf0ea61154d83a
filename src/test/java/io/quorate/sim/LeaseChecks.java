package io.quorate.sim;

import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.apply.LeaseFacts;
import io.quorate.apply.StateMachine;
import io.quorate.base.Bytes;
import io.quorate.lease.LeaseLimits;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What must hold of leases, told from the log as its first reader applies it and from what clients
 * were promised. Promises are held against the {@linkplain Clocks fastest clock}.
 */
final class LeaseChecks {
  // What an expiry takes beyond its time: proof, proposal, and an offer that got lost.
  private static final long MARGIN = 5 * Timeline.SECONDS;

  private static final class Lease {
    final long ttl;
    final TreeSet<Bytes> keys = new TreeSet<>();
    double heldUntil;
    long touched;
    long checkpointed;
    long remaining;

    Lease(long ttl) {
      this.ttl = ttl;
    }
  }

  private final Checks checks;
  private final Tally tally;
  final Clocks clocks;
  private final Map<Long, Lease> leases = new TreeMap<>();
  private final Map<Bytes, Long> holders = new HashMap<>();
  // When those that have expired did so, by the fastest clock.
  private final Map<Long, Double> expired = new HashMap<>();
  private final TreeSet<Long> unwanted = new TreeSet<>();

  LeaseChecks(Checks checks, Tally tally, Clocks clocks) {
    this.checks = checks;
    this.tally = tally;
    this.clocks = clocks;
  }

  // --- the log ---------------------------------------------------------------------------------

  /** An entry was applied for the first time anywhere. */
  void applied(Command command, StateMachine.Applied outcome) {
    boolean done = outcome.answer() != null;
    if (outcome.answer() instanceof Answer.Granted granted) {
      Lease lease = new Lease(granted.ttl());
      lease.heldUntil = clocks.fastestNanos() + granted.ttl() * (double) Timeline.SECONDS;
      lease.touched = clocks.now();
      checks.that(leases.put(granted.id(), lease) == null, "lease %d granted twice", granted.id());
    } else if (command instanceof Command.LeaseRevoke revoke) {
      Lease lease = leases.get(revoke.id());
      checks.that(done == (lease != null), "revoke of %d says %s", revoke.id(), outcome);
      if (lease != null) {
        ended(revoke.id(), lease, outcome.events());
      }
    } else if (command instanceof Command.LeaseCheckpoint checkpoint) {
      checkpoint.leases().forEach(this::checkpointed);
    } else if (command instanceof Command.Write write && write.op() instanceof Op.Put put) {
      checks.that(
          done == (put.lease() == 0 || leases.containsKey(put.lease())),
          "put with lease %d says %s",
          put.lease(),
          outcome);
    }
    outcome.events().forEach(this::attach);
  }

  private void attach(Event event) {
    Bytes key = event.kv().key();
    Long before = holders.remove(key);
    Lease held = before == null ? null : leases.get(before);
    if (held != null) {
      held.keys.remove(key);
    }
    Lease now = leases.get(event.kv().lease());
    checks.that(event.kv().lease() == 0 || now != null, "%s hangs on no lease %s", key, event.kv());
    if (now != null) {
      now.keys.add(key);
      holders.put(key, event.kv().lease());
    }
  }

  private void ended(long id, Lease lease, List<Event> events) {
    List<Bytes> gone = new ArrayList<>();
    for (Event event : events) {
      checks.that(event.kv().isDeleted(), "the end of lease %d writes %s", id, event.kv());
      gone.add(event.kv().key());
    }
    List<Bytes> held = List.copyOf(lease.keys);
    checks.that(gone.equals(held), "lease %d took %s with it instead of %s", id, gone, held);
    leases.remove(id);
    if (!unwanted.contains(id)) {
      double now = clocks.fastestNanos();
      checks.that(
          now >= lease.heldUntil,
          "lease %d expired %.3f s before it may",
          id,
          (lease.heldUntil - now) / Timeline.SECONDS);
      expired.put(id, now);
      tally.expiries++;
    }
  }

  private void checkpointed(Command.LeaseCheckpoint.Remaining remaining) {
    Lease lease = leases.get(remaining.id());
    if (lease != null) {
      checks.that(remaining.seconds() <= lease.ttl, "%s of lease of %d s", remaining, lease.ttl);
      lease.remaining = remaining.seconds();
      lease.checkpointed = clocks.now();
    }
  }

  // --- clients ---------------------------------------------------------------------------------

  /** A client asks for lease {@code id} to live on. */
  void asked(long id) {
    Lease lease = leases.get(id);
    if (lease != null) {
      lease.touched = clocks.now();
    }
  }

  /** A client is about to revoke lease {@code id}. */
  void unwanted(long id) {
    unwanted.add(id);
  }

  /**
   * A client that asked when the fastest clock said {@code asked} was told that the lease has
   * {@code ttl} seconds again. Who leads later was elected after the question.
   */
  void promised(long id, double asked, long ttl) {
    double until = asked + ttl * (double) Timeline.SECONDS;
    Lease lease = leases.get(id);
    if (lease != null) {
      checks.that(ttl == lease.ttl, "lease %d of %d s renewed for %d s", id, lease.ttl, ttl);
      lease.heldUntil = Math.max(lease.heldUntil, until);
      return;
    }
    Double end = expired.get(id);
    checks.that(unwanted.contains(id) || end != null, "lease %d renewed that never was", id);
    checks.that(
        end == null || end >= until, "lease %d is renewed, but it had expired before it may", id);
  }

  /** A client was told that there is no lease {@code id}, which it was granted before. */
  void denied(long id) {
    checks.that(!leases.containsKey(id), "lease %d is said to be gone", id);
  }

  /**
   * A leader begins to count with {@code leftSeconds} for {@code lease}: what is replicated of its
   * time and an election, not more and not less.
   */
  void counts(LeaseFacts lease, long leftSeconds, long electionNanos) {
    long knownSeconds = lease.remaining() > 0 ? lease.remaining() : lease.ttl();
    long most = knownSeconds + (electionNanos + Timeline.SECONDS - 1) / Timeline.SECONDS;
    checks.that(
        leftSeconds >= knownSeconds && leftSeconds <= most,
        "a new leader gives lease %d %d s, but %d are left",
        lease.id(),
        leftSeconds,
        knownSeconds);
  }

  // --- without faults --------------------------------------------------------------------------

  /**
   * One member has led without a fault since {@code steady}: what nobody renews ends in time, after
   * one refusal at most, and what is left of it is replicated.
   */
  void steady(long steady, long electionNanos, LeaseLimits limits) {
    long ends = electionNanos + limits.revokeRetryNanos() + MARGIN;
    long checkpointNanos = limits.checkpointIntervalNanos();
    leases.forEach(
        (id, lease) -> {
          long idle = clocks.now() - Math.max(steady, lease.touched);
          checks.that(
              idle <= lease.ttl * Timeline.SECONDS + ends,
              "lease %d of %d s still lives after %d s",
              id,
              lease.ttl,
              idle / Timeline.SECONDS);
          long known = clocks.now() - Math.max(clocks.now() - idle, lease.checkpointed);
          checks.that(
              lease.ttl * Timeline.SECONDS <= checkpointNanos
                  || known <= checkpointNanos + MARGIN
                  || (lease.remaining > 0 && lease.remaining * Timeline.SECONDS <= checkpointNanos),
              "the time of lease %d is %d s old",
              id,
              known / Timeline.SECONDS);
        });
  }

  boolean isEmpty() {
    return leases.isEmpty();
  }
}
