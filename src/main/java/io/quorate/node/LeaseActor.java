package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.apply.LeaseFacts;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.lease.Checkpoint;
import io.quorate.lease.LeaseLimits;
import io.quorate.lease.LeaseTime;
import io.quorate.lease.Lessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Owns the {@link Lessor} of one store: renews leases and lets them expire where this member leads,
 * and asks the leader where it does not.
 *
 * <p>Whoever applies tells it what an entry did to leases before the proposer is answered. {@link
 * Promoted} is due when this member leads and has applied the first entry of its own term.
 */
public final class LeaseActor extends AbstractBehavior<LeaseActor.Command> {
  /** How many renewals may wait for a lease to be revoked or its remaining time taken back. */
  private static final int WAITING_MAX = 100_000;

  private static final Duration TICK = Duration.ofMillis(100);

  /** What the actor is told. */
  public sealed interface Command {}

  /** A lease was granted. */
  public record Granted(long id, long ttlSeconds) implements Command {}

  /** A lease was revoked. */
  public record Revoked(long id) implements Command {}

  /** The remaining time of a lease was replicated; 0 for its full time. */
  public record Checkpointed(long id, long remainingSeconds) implements Command {}

  /** The store was opened or replaced by a snapshot: these are all leases. */
  public record Replaced(List<LeaseFacts> leases) implements Command {}

  /** This member leads; leases get {@code extendNanos}, an election time-out, on top. */
  public record Promoted(long extendNanos) implements Command {}

  /** This member leads no more. */
  public record Demoted() implements Command {}

  /**
   * A client renews a lease.
   *
   * @param forward whether to ask the leader if this member is not; otherwise it is refused with
   *     {@link EtcdError#NOT_LEADER}, so that two members never send a renewal back and forth
   */
  public record Renew(long id, boolean forward, RenewReply reply) implements Command {}

  /** A client asks for the times of a lease; {@code forward} as in {@link Renew}. */
  public record TimeToLive(
      long id, boolean keys, boolean forward, CompletableFuture<LeaseView> reply)
      implements Command {}

  /** A client asks for all ids. */
  public record ListIds(CompletableFuture<List<Long>> reply) implements Command {}

  private enum Tick implements Command {
    TICK
  }

  /** Goes on with a renewal: {@code proved} that this member leads, or {@code settled}. */
  private record RenewAgain(Renew renew, boolean proved, boolean settled) implements Command {}

  private record RenewFailed(Renew renew, Throwable failure) implements Command {}

  private record Cleared(long id, @Nullable Throwable failure) implements Command {}

  /** This member led at {@code askedNanos}, or did not: what was due then may be revoked. */
  private record ExpiryProved(boolean leads, long askedNanos) implements Command {}

  private record TimeToLiveSettled(TimeToLive ask, @Nullable Throwable failure)
      implements Command {}

  private final LeasePort port;
  private final LongSupplier nanos;
  private final Lessor lessor;
  // Renewals of leases that are due: answered when the lease is revoked.
  private final Map<Long, List<Renew>> expiring = new LinkedHashMap<>();
  // Renewals of leases whose replicated remaining time is being taken back.
  private final Map<Long, List<Renew>> clearing = new LinkedHashMap<>();
  private int waiting;
  private boolean proving;

  private LeaseActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      LeaseLimits limits,
      LeasePort port,
      LongSupplier nanos) {
    super(context);
    this.port = port;
    this.nanos = nanos;
    this.lessor = new Lessor(limits);
    timers.startTimerWithFixedDelay(Tick.TICK, TICK);
  }

  /**
   * The behavior of the owner of a new lessor, which knows no lease until it is told.
   *
   * @param nanos a monotonic clock that began near zero, in nanoseconds
   */
  public static Behavior<Command> create(LeaseLimits limits, LeasePort port, LongSupplier nanos) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new LeaseActor(context, timers, limits, port, nanos)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Renew.class, renew -> renew(renew, false, false))
        .onMessage(Tick.class, this::onTick)
        .onMessage(Granted.class, this::onGranted)
        .onMessage(Revoked.class, this::onRevoked)
        .onMessage(Checkpointed.class, this::onCheckpointed)
        .onMessage(Replaced.class, this::onReplaced)
        .onMessage(Promoted.class, this::onPromoted)
        .onMessage(Demoted.class, this::onDemoted)
        .onMessage(TimeToLive.class, this::onTimeToLive)
        .onMessage(ListIds.class, this::onListIds)
        .onMessage(RenewAgain.class, again -> renew(again.renew, again.proved, again.settled))
        .onMessage(RenewFailed.class, this::onRenewFailed)
        .onMessage(Cleared.class, this::onCleared)
        .onMessage(ExpiryProved.class, this::onExpiryProved)
        .onMessage(TimeToLiveSettled.class, this::onTimeToLiveSettled)
        .build();
  }

  private Behavior<Command> onGranted(Granted granted) {
    lessor.granted(granted.id(), granted.ttlSeconds(), 0, nanos.getAsLong());
    return this;
  }

  private Behavior<Command> onRevoked(Revoked revoked) {
    lessor.revoked(revoked.id());
    for (Renew renew : take(expiring, revoked.id())) {
      renew.reply().renewed(0);
    }
    return this;
  }

  private Behavior<Command> onCheckpointed(Checkpointed checkpointed) {
    lessor.checkpointed(new Checkpoint(checkpointed.id(), checkpointed.remainingSeconds()));
    return this;
  }

  private Behavior<Command> onReplaced(Replaced replaced) {
    lessor.clear();
    for (LeaseFacts lease : replaced.leases()) {
      lessor.granted(lease.id(), lease.ttl(), lease.remaining(), nanos.getAsLong());
    }
    return this;
  }

  private Behavior<Command> onPromoted(Promoted promoted) {
    lessor.promote(nanos.getAsLong(), promoted.extendNanos());
    return this;
  }

  private Behavior<Command> onDemoted(Demoted demoted) {
    lessor.demote();
    List<Renew> all = new ArrayList<>();
    expiring.values().forEach(all::addAll);
    expiring.clear();
    waiting -= all.size();
    all.forEach(this::askLeader);
    return this;
  }

  private Behavior<Command> renew(Renew renew, boolean proved, boolean settled) {
    if (!lessor.isPrimary()) {
      askLeader(renew);
    } else if (!proved && !port.isLeadershipFresh()) {
      getContext()
          .pipeToSelf(
              port.proveLeadership(),
              (leads, failure) ->
                  failure == null && leads
                      ? new RenewAgain(renew, true, settled)
                      : new RenewFailed(renew, EtcdError.NOT_LEADER.exception()));
    } else {
      long ttl = lessor.renew(renew.id(), nanos.getAsLong());
      if (ttl == Lessor.EXPIRING) {
        await(expiring, renew);
      } else if (ttl == Lessor.CLEAR_FIRST) {
        clear(renew);
      } else if (ttl == Lessor.NOT_FOUND && !settled) {
        // Its grant may be committed and not applied yet.
        getContext()
            .pipeToSelf(
                port.applied(),
                (done, failure) ->
                    failure == null
                        ? new RenewAgain(renew, proved, true)
                        : new RenewFailed(renew, failure));
      } else {
        renew.reply().renewed(ttl);
      }
    }
    return this;
  }

  private Behavior<Command> onRenewFailed(RenewFailed failed) {
    EtcdException error = Refusals.of(failed.failure());
    if (error.text().equals(EtcdError.NOT_LEADER.text())) {
      askLeader(failed.renew());
    } else {
      failed.renew().reply().failed(error);
    }
    return this;
  }

  private void askLeader(Renew renew) {
    if (!renew.forward()) {
      renew.reply().failed(EtcdError.NOT_LEADER.exception());
      return;
    }
    port.renewAtLeader(renew.id())
        .whenComplete(
            (ttl, failure) -> {
              if (failure == null) {
                renew.reply().renewed(ttl);
              } else {
                renew.reply().failed(Refusals.of(failure));
              }
            });
  }

  private void clear(Renew renew) {
    boolean first = !clearing.containsKey(renew.id());
    if (await(clearing, renew) && first) {
      getContext()
          .pipeToSelf(
              port.propose(checkpoint(List.of(new Checkpoint(renew.id(), 0)))),
              (answer, failure) -> new Cleared(renew.id(), failure));
    }
  }

  private Behavior<Command> onCleared(Cleared cleared) {
    for (Renew renew : take(clearing, cleared.id())) {
      if (cleared.failure() == null) {
        renew(renew, false, false);
      } else {
        renew.reply().failed(Refusals.of(cleared.failure()));
      }
    }
    return this;
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

  private Behavior<Command> onTick(Tick tick) {
    if (!lessor.isPrimary()) {
      return this;
    }
    long now = nanos.getAsLong();
    if (!proving && lessor.isExpiryDue(now)) {
      proving = true;
      getContext()
          .pipeToSelf(
              port.proveLeadership(),
              (leads, failure) -> new ExpiryProved(failure == null && leads, now));
    }
    List<Checkpoint> due = lessor.checkpoints(now);
    if (!due.isEmpty()) {
      ignoreResult(port.proposeAsLeader(checkpoint(due)), "replicate the remaining time of leases");
    }
    return this;
  }

  private Behavior<Command> onExpiryProved(ExpiryProved proved) {
    proving = false;
    if (proved.leads()) {
      for (long id : lessor.expire(proved.askedNanos())) {
        ignoreResult(
            port.proposeAsLeader(new io.quorate.apply.Command.LeaseRevoke(id)),
            "revoke an expired lease");
      }
    }
    return this;
  }

  /** What fails is due again later, and offered again. */
  private void ignoreResult(CompletionStage<Answer> proposal, String what) {
    var log = getContext().getSystem().log();
    proposal.whenComplete(
        (answer, failure) -> {
          if (failure != null) {
            log.debug("failed to {}: {}", what, Refusals.of(failure).text());
          }
        });
  }

  private static io.quorate.apply.Command checkpoint(List<Checkpoint> checkpoints) {
    List<io.quorate.apply.Command.LeaseCheckpoint.Remaining> all = new ArrayList<>();
    for (Checkpoint checkpoint : checkpoints) {
      all.add(
          new io.quorate.apply.Command.LeaseCheckpoint.Remaining(
              checkpoint.id(), checkpoint.remainingSeconds()));
    }
    return new io.quorate.apply.Command.LeaseCheckpoint(all);
  }

  private Behavior<Command> onTimeToLive(TimeToLive ask) {
    if (lessor.isPrimary()) {
      getContext()
          .pipeToSelf(port.applied(), (done, failure) -> new TimeToLiveSettled(ask, failure));
    } else if (ask.forward()) {
      answer(ask, port.timeToLiveAtLeader(ask.id(), ask.keys()));
    } else {
      ask.reply().completeExceptionally(EtcdError.NOT_LEADER.exception());
    }
    return this;
  }

  private Behavior<Command> onTimeToLiveSettled(TimeToLiveSettled settled) {
    TimeToLive ask = settled.ask();
    if (settled.failure() != null) {
      ask.reply().completeExceptionally(Refusals.of(settled.failure()));
    } else if (!lessor.isPrimary()) {
      ask.reply().completeExceptionally(EtcdError.LEADER_CHANGED.exception());
    } else {
      LeaseTime time = lessor.timeToLive(ask.id(), nanos.getAsLong());
      if (time == null) {
        ask.reply().complete(LeaseView.notFound(ask.id()));
      } else {
        CompletionStage<List<Bytes>> keys =
            ask.keys() ? port.keys(ask.id()) : CompletableFuture.completedStage(List.of());
        answer(
            ask,
            keys.thenApply(
                list ->
                    new LeaseView(ask.id(), time.grantedSeconds(), time.remainingSeconds(), list)));
      }
    }
    return this;
  }

  private static void answer(TimeToLive ask, CompletionStage<LeaseView> stage) {
    stage.whenComplete(
        (view, failure) -> {
          if (failure == null) {
            ask.reply().complete(view);
          } else {
            ask.reply().completeExceptionally(Refusals.of(failure));
          }
        });
  }

  private Behavior<Command> onListIds(ListIds list) {
    List<Long> ids = new ArrayList<>(lessor.size());
    for (long id : lessor.ids()) {
      ids.add(id);
    }
    list.reply().complete(ids);
    return this;
  }
}
