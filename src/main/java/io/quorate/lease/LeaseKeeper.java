package io.quorate.lease;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a member does with the times that its {@link Lessor} counts: it answers a renewal, and
 * proposes the end of a lease, only after a quorum has said that it still leads.
 *
 * <p>Without that a leader that was deposed while it stood still would tell a client "10 s" for a
 * lease that its successor counts down already, or end one that its successor has renewed. So a
 * client that asked for a renewal at {@code s}, and was told {@code ttl} at any later time, has the
 * lease until {@code s + ttl}: the proof was given after {@code s}, hence whoever leads next is
 * elected after {@code s} and gives the lease its whole time from then.
 *
 * <p>What it proposes as leader it proposes for the term in which it began to count: what it knows
 * of a lease is worth nothing in a later one, in which another member may have renewed it.
 *
 * <p>Times are as in {@link Lessor}. Not for use by several threads.
 */
public final class LeaseKeeper {
  /** How many renewals may wait for a lease to be revoked or its remaining time taken back. */
  private static final int WAITING_MAX = 100_000;

  /**
   * What a keeper needs of the rest of its member. Nothing here blocks. What is to happen {@code
   * then} happens once and later, not within the call, where the keeper is used; that a process
   * ends before is the only excuse.
   */
  public interface Port {
    /**
     * Whether this member, if it is leader, heard from a quorum within the last election time-out,
     * by a clock that did not stand still meanwhile.
     */
    boolean isLeadershipFresh();

    /**
     * Asks a quorum whether this member still leads.
     *
     * @param then is told true if it led at some moment after the call
     */
    void proveLeadership(Consumer<Boolean> then);

    /**
     * Waits until all that is committed now is applied here, and the keeper was told of it.
     *
     * @param then is told null, or why that is not known
     */
    void settle(Consumer<@Nullable EtcdException> then);

    /**
     * Proposes on whichever member that lease {@code id} has its full time again.
     *
     * @param then is told null when that was applied here, after {@link LeaseKeeper#checkpointed},
     *     or why it is not known
     */
    void proposeFullTime(long id, Consumer<@Nullable EtcdException> then);

    /** Proposes remaining times if this member leads {@code term}; they may get lost. */
    void proposeRemaining(List<Checkpoint> remaining, long term);

    /** Proposes the end of a lease if this member leads {@code term}; it may get lost. */
    void proposeEnd(long id, long term);

    /** A lease was renewed here, as by the leader. */
    default void renewed() {}

    /**
     * Renews at the leader, which is another member or not known yet; tries again until the
     * request's time-out.
     */
    void renewAtLeader(long id, RenewReply reply);
  }

  /** A renewal, and whether to ask the leader for it if this member is not. */
  private record Renew(long id, boolean forward, RenewReply reply) {}

  private final Lessor lessor;
  private final Port port;
  private final LongSupplier nanos;
  // Renewals of leases that are due: answered when the lease is revoked.
  private final Map<Long, List<Renew>> expiring = new LinkedHashMap<>();
  // Renewals of leases whose replicated remaining time is being taken back.
  private final Map<Long, List<Renew>> clearing = new LinkedHashMap<>();
  private int waiting;
  private boolean proving;
  private long term;

  /**
   * A keeper that knows no lease until it is told.
   *
   * @param nanos a monotonic clock that began near zero, in nanoseconds
   */
  public LeaseKeeper(LeaseLimits limits, Port port, LongSupplier nanos) {
    this.lessor = new Lessor(limits);
    this.port = port;
    this.nanos = nanos;
  }

  /** The times that it knows, to read. */
  public Lessor lessor() {
    return lessor;
  }

  /** A lease was granted, or found in the store; {@code remainingSeconds} is 0 for all of it. */
  public void granted(long id, long ttlSeconds, long remainingSeconds) {
    lessor.granted(id, ttlSeconds, remainingSeconds, nanos.getAsLong());
  }

  /** A lease was revoked. */
  public void revoked(long id) {
    lessor.revoked(id);
    for (Renew renew : take(expiring, id)) {
      renew.reply().renewed(0);
    }
  }

  /** A remaining time was replicated. */
  public void checkpointed(Checkpoint checkpoint) {
    lessor.checkpointed(checkpoint);
  }

  /** The store was replaced, and tells anew which leases there are. */
  public void clear() {
    lessor.clear();
  }

  /**
   * This member leads, as {@link Leadership} says.
   *
   * @param extendNanos what leases get on top, since nobody could renew them while there was no
   *     leader: an election time-out
   */
  public void promote(long leadsTerm, long extendNanos) {
    term = leadsTerm;
    lessor.promote(nanos.getAsLong(), extendNanos);
  }

  /** This member leads no more: the new leader is asked for what waited for a lease to end here. */
  public void demote() {
    lessor.demote();
    List<Renew> all = new ArrayList<>();
    expiring.values().forEach(all::addAll);
    expiring.clear();
    waiting -= all.size();
    all.forEach(this::askLeader);
  }

  /**
   * A client renews a lease.
   *
   * @param forward whether to ask the leader if this member is not; otherwise it is refused with
   *     {@link EtcdError#NOT_LEADER}, so that two members never send a renewal back and forth
   */
  public void renew(long id, boolean forward, RenewReply reply) {
    renew(new Renew(id, forward, reply), false, false);
  }

  /** To be called every 100 ms or so: lets leases expire, and replicates their times. */
  public void tick() {
    if (!lessor.isPrimary()) {
      return;
    }
    long now = nanos.getAsLong();
    if (!proving && lessor.isExpiryDue(now)) {
      proving = true;
      port.proveLeadership(leads -> expire(leads, now));
    }
    List<Checkpoint> due = lessor.checkpoints(now);
    if (!due.isEmpty()) {
      port.proposeRemaining(due, term);
    }
  }

  /** This member led after {@code askedNanos}, or did not: what was due then may be revoked. */
  private void expire(boolean leads, long askedNanos) {
    proving = false;
    if (leads) {
      for (long id : lessor.expire(askedNanos)) {
        port.proposeEnd(id, term);
      }
    }
  }

  /** Renews; {@code proved} that this member leads, {@code settled} that it knows all leases. */
  private void renew(Renew renew, boolean proved, boolean settled) {
    if (!lessor.isPrimary()) {
      askLeader(renew);
    } else if (!proved && !port.isLeadershipFresh()) {
      port.proveLeadership(
          leads -> {
            if (leads) {
              renew(renew, true, settled);
            } else {
              askLeader(renew);
            }
          });
    } else {
      long ttl = lessor.renew(renew.id(), nanos.getAsLong());
      if (ttl == Lessor.EXPIRING) {
        await(expiring, renew);
      } else if (ttl == Lessor.CLEAR_FIRST) {
        giveFullTime(renew);
      } else if (ttl == Lessor.NOT_FOUND && !settled) {
        // Its grant may be committed and not applied yet.
        port.settle(failure -> settled(renew, proved, failure));
      } else {
        if (ttl != Lessor.NOT_FOUND) {
          port.renewed();
        }
        renew.reply().renewed(ttl);
      }
    }
  }

  private void settled(Renew renew, boolean proved, @Nullable EtcdException failure) {
    if (failure == null) {
      renew(renew, proved, true);
    } else if (failure.text().equals(EtcdError.NOT_LEADER.text())) {
      askLeader(renew);
    } else {
      renew.reply().failed(failure);
    }
  }

  private void askLeader(Renew renew) {
    if (renew.forward()) {
      port.renewAtLeader(renew.id(), renew.reply());
    } else {
      renew.reply().failed(EtcdError.NOT_LEADER.exception());
    }
  }

  private void giveFullTime(Renew renew) {
    boolean first = !clearing.containsKey(renew.id());
    if (await(clearing, renew) && first) {
      port.proposeFullTime(renew.id(), failure -> gaveFullTime(renew.id(), failure));
    }
  }

  private void gaveFullTime(long id, @Nullable EtcdException failure) {
    for (Renew renew : take(clearing, id)) {
      if (failure == null) {
        renew(renew, false, false);
      } else {
        renew.reply().failed(failure);
      }
    }
  }

  private boolean await(Map<Long, List<Renew>> queues, Renew renew) {
    if (waiting >= WAITING_MAX) {
      renew.reply().failed(EtcdError.REQUEST_TOO_MANY_REQUESTS.exception());
      return false;
    }
    waiting++;
    queues.computeIfAbsent(renew.id(), id -> new ArrayList<>(1)).add(renew);
    return true;
  }

  private List<Renew> take(Map<Long, List<Renew>> queues, long id) {
    List<Renew> taken = queues.remove(id);
    if (taken == null) {
      return List.of();
    }
    waiting -= taken.size();
    return taken;
  }
}
