package io.quorate.sim;

import io.quorate.apply.Command;
import io.quorate.apply.Effects;
import io.quorate.apply.LeaseFacts;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.base.Membership;
import io.quorate.lease.Checkpoint;
import io.quorate.lease.Leadership;
import io.quorate.lease.LeaseKeeper;
import io.quorate.lease.LeaseTime;
import io.quorate.lease.RenewReply;
import io.quorate.raft.RoleKind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The times of leases in one life of a process, as {@code LeaseActor} keeps them: what it is told
 * comes in order, but later, and what it asks the rest of the member comes later, too. Meanwhile
 * the member may have ceased to lead, or lead again.
 */
final class SimLeases implements LeaseKeeper.Port, Leadership.Listener, Effects {
  // For what whoever leads may take, as in RaftInbox.
  private static final long ANY_TERM = 0;
  private static final long TICK = 100 * Timeline.MILLIS;
  private static final long REQUEST_MAX = 1_500 * Timeline.MILLIS;
  private static final long RETRY = 200 * Timeline.MILLIS;

  private final SimNode node;
  private final SimNode.World world;
  private final SimProcess process;
  private final LeaseKeeper keeper;
  private final Leadership leadership = new Leadership(this);
  // What of each lease is replicated, as far as the keeper was told.
  private final Map<Long, LeaseFacts> known = new TreeMap<>();
  private long lastDue;

  SimLeases(SimNode node, SimNode.World world) {
    this.node = node;
    this.world = world;
    this.process = node.process();
    this.keeper = new LeaseKeeper(world.climate().leaseLimits(), this, process::nanos);
    process.later(TICK, this::tick);
  }

  private void tick() {
    keeper.tick();
    process.later(TICK, this::tick);
  }

  private long delay() {
    return world.random().nextInt(world.climate().mailboxMicros()) * Timeline.MICROS;
  }

  /** Tells the keeper in order. */
  private void tell(Runnable what) {
    lastDue = Math.max(lastDue, world.timeline().now() + delay());
    process.later(lastDue - world.timeline().now(), what);
  }

  // --- what it is told -------------------------------------------------------------------------

  /** The state is another one: these are all leases. */
  void replaced(List<LeaseFacts> leases) {
    tell(
        () -> {
          keeper.clear();
          known.clear();
          leases.forEach(this::grant);
        });
  }

  private void grant(LeaseFacts lease) {
    keeper.granted(lease.id(), lease.ttl(), lease.remaining());
    known.put(lease.id(), lease);
  }

  @Override
  public void leaseGranted(long id, long ttl) {
    tell(() -> grant(new LeaseFacts(id, ttl, 0)));
  }

  @Override
  public void leaseRevoked(long id) {
    tell(
        () -> {
          keeper.revoked(id);
          known.remove(id);
        });
  }

  @Override
  public void leaseCheckpointed(long id, long seconds) {
    tell(
        () -> {
          keeper.checkpointed(new Checkpoint(id, seconds));
          known.computeIfPresent(id, (lease, before) -> new LeaseFacts(id, before.ttl(), seconds));
        });
  }

  @Override
  public void compacted(long previous, long at) {
    // No lease hangs on a revision.
  }

  /** Whether it lets leases expire. */
  boolean isCounting() {
    return keeper.lessor().isPrimary();
  }

  /** The member has acted. */
  void follow(long termBegin, long applied) {
    leadership.follow(isLeader(), node.core().term(), termBegin, applied);
  }

  @Override
  public void promoted(long term) {
    long election = world.climate().electionNanos();
    tell(
        () -> {
          keeper.promote(term, election);
          known.forEach(
              (id, lease) -> {
                LeaseTime time = keeper.lessor().timeToLive(id, process.nanos());
                world.checks().that(time != null, "%d lost lease %d", node.id, id);
                if (time != null) {
                  world.checks().leases().counts(lease, time.remainingSeconds(), election);
                }
              });
        });
  }

  @Override
  public void demoted() {
    tell(keeper::demote);
  }

  /** A client, or another member for its client, renews. */
  void renew(long id, boolean forward, RenewReply reply) {
    process.run(() -> tell(() -> keeper.renew(id, forward, reply)));
  }

  // --- what it asks ----------------------------------------------------------------------------

  private boolean isLeader() {
    return node.core().roleKind() == RoleKind.LEADER;
  }

  @Override
  public boolean isLeadershipFresh() {
    return isLeader() && node.core().membership().equals(Membership.of(Set.of(node.id)));
  }

  @Override
  public void proveLeadership(Consumer<Boolean> then) {
    Once<Boolean> once = new Once<>(then, false);
    process.later(delay(), () -> node.linearize(() -> once.done(isLeader())));
  }

  @Override
  public void settle(Consumer<@Nullable EtcdException> then) {
    Once<@Nullable EtcdException> once = new Once<>(then, EtcdError.TIMEOUT.exception());
    process.later(delay(), () -> node.linearize(() -> once.done(null)));
  }

  @Override
  public void proposeFullTime(long id, Consumer<@Nullable EtcdException> then) {
    Once<@Nullable EtcdException> once = new Once<>(then, EtcdError.TIMEOUT.exception());
    Command clear =
        new Command.LeaseCheckpoint(List.of(new Command.LeaseCheckpoint.Remaining(id, 0)));
    process.later(
        delay(),
        () ->
            node.propose(
                clear,
                (proposal, answer) -> {
                  if (answer != null) {
                    once.done(null);
                  }
                }));
  }

  @Override
  public void proposeRemaining(List<Checkpoint> remaining, long term) {
    List<Command.LeaseCheckpoint.Remaining> all =
        remaining.stream()
            .map(c -> new Command.LeaseCheckpoint.Remaining(c.id(), c.remainingSeconds()))
            .toList();
    world.tally().count(Fault.LEASE_CHECKPOINT);
    proposeAsLeader(new Command.LeaseCheckpoint(all), term);
  }

  @Override
  public void proposeEnd(long id, long term) {
    proposeAsLeader(new Command.LeaseRevoke(id), term);
  }

  private void proposeAsLeader(Command command, long term) {
    process.later(
        delay(),
        () -> {
          if (term == ANY_TERM || (isLeader() && node.core().term() == term)) {
            node.propose(command, (proposal, answer) -> {});
          }
        });
  }

  @Override
  public void renewAtLeader(long id, RenewReply reply) {
    Attempt attempt = new Attempt(id, reply, world.timeline().now() + REQUEST_MAX);
    process.later(delay(), attempt::ask);
  }

  /** Something that is answered once, and with {@code late} when it takes too long. */
  private final class Once<T> {
    private final Consumer<T> then;
    private boolean done;

    Once(Consumer<T> then, T late) {
      this.then = then;
      process.later(REQUEST_MAX, () -> done(late));
    }

    void done(T result) {
      if (!done) {
        done = true;
        tell(() -> then.accept(result));
      }
    }
  }

  /** Asks who leads until somebody answers. */
  private final class Attempt implements RenewReply {
    private final long id;
    private final RenewReply reply;
    private final long deadline;
    private boolean done;

    Attempt(long id, RenewReply reply, long deadline) {
      this.id = id;
      this.reply = reply;
      this.deadline = deadline;
    }

    void ask() {
      if (done) {
        return;
      }
      if (world.timeline().now() >= deadline) {
        done = true;
        reply.failed(EtcdError.TIMEOUT.exception());
        return;
      }
      node.askMember(
          node.core().leader(), other -> other.leases().renew(id, false, new Back(other.id, this)));
      process.later(RETRY, this::ask);
    }

    @Override
    public void renewed(long ttlSeconds) {
      if (!done) {
        done = true;
        world.tally().count(Fault.FORWARDED_RENEWAL);
        reply.renewed(ttlSeconds);
      }
    }

    @Override
    public void failed(EtcdException error) {
      // It is asked again, perhaps another one.
    }
  }

  /** The way back of an answer of member {@code from}. */
  private final class Back implements RenewReply {
    private final long from;
    private final RenewReply reply;

    Back(long from, RenewReply reply) {
      this.from = from;
      this.reply = reply;
    }

    @Override
    public void renewed(long ttlSeconds) {
      world.network().carry(from, node.id, () -> process.run(() -> reply.renewed(ttlSeconds)));
    }

    @Override
    public void failed(EtcdException error) {
      world.network().carry(from, node.id, () -> process.run(() -> reply.failed(error)));
    }
  }
}
