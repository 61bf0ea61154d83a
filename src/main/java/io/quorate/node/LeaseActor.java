package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.apply.LeaseFacts;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.lease.Checkpoint;
import io.quorate.lease.LeaseKeeper;
import io.quorate.lease.LeaseLimits;
import io.quorate.lease.LeaseTime;
import io.quorate.lease.Lessor;
import io.quorate.lease.RenewReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * The shell round the {@link LeaseKeeper} of one store: renews leases and lets them expire where
 * this member leads, and asks the leader where it does not.
 *
 * <p>Whoever applies tells it what an entry did to leases before the proposer is answered. {@link
 * Promoted} is due when this member leads and has applied the first entry of its own term.
 */
public final class LeaseActor extends AbstractBehavior<LeaseActor.Command> {
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

  /** This member leads {@code term}; leases get {@code extendNanos}, an election, on top. */
  public record Promoted(long term, long extendNanos) implements Command {}

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

  /** Goes on with what waited for another part of the member. */
  private record Then(Runnable next) implements Command {}

  private record TimeToLiveSettled(TimeToLive ask, @Nullable Throwable failure)
      implements Command {}

  private final LeasePort port;
  private final LongSupplier nanos;
  private final LeaseKeeper keeper;
  private final Lessor lessor;

  private LeaseActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      LeaseLimits limits,
      LeasePort port,
      LongSupplier nanos) {
    super(context);
    this.port = port;
    this.nanos = nanos;
    this.keeper = new LeaseKeeper(limits, new Port(), nanos);
    this.lessor = keeper.lessor();
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
        .onMessage(Renew.class, this::onRenew)
        .onMessage(Tick.class, this::onTick)
        .onMessage(Granted.class, this::onGranted)
        .onMessage(Revoked.class, this::onRevoked)
        .onMessage(Checkpointed.class, this::onCheckpointed)
        .onMessage(Replaced.class, this::onReplaced)
        .onMessage(Promoted.class, this::onPromoted)
        .onMessage(Demoted.class, this::onDemoted)
        .onMessage(TimeToLive.class, this::onTimeToLive)
        .onMessage(ListIds.class, this::onListIds)
        .onMessage(Then.class, this::onThen)
        .onMessage(TimeToLiveSettled.class, this::onTimeToLiveSettled)
        .build();
  }

  private Behavior<Command> onGranted(Granted granted) {
    keeper.granted(granted.id(), granted.ttlSeconds(), 0);
    return this;
  }

  private Behavior<Command> onRevoked(Revoked revoked) {
    keeper.revoked(revoked.id());
    return this;
  }

  private Behavior<Command> onCheckpointed(Checkpointed checkpointed) {
    keeper.checkpointed(new Checkpoint(checkpointed.id(), checkpointed.remainingSeconds()));
    return this;
  }

  private Behavior<Command> onReplaced(Replaced replaced) {
    keeper.clear();
    for (LeaseFacts lease : replaced.leases()) {
      keeper.granted(lease.id(), lease.ttl(), lease.remaining());
    }
    return this;
  }

  private Behavior<Command> onPromoted(Promoted promoted) {
    keeper.promote(promoted.term(), promoted.extendNanos());
    return this;
  }

  private Behavior<Command> onDemoted(Demoted demoted) {
    keeper.demote();
    return this;
  }

  private Behavior<Command> onRenew(Renew renew) {
    keeper.renew(renew.id(), renew.forward(), renew.reply());
    return this;
  }

  private Behavior<Command> onTick(Tick tick) {
    keeper.tick();
    return this;
  }

  private Behavior<Command> onThen(Then then) {
    then.next().run();
    return this;
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

  /** What the keeper needs; what comes later comes as a message. */
  private final class Port implements LeaseKeeper.Port {
    @Override
    public boolean isLeadershipFresh() {
      return port.isLeadershipFresh();
    }

    @Override
    public void proveLeadership(Consumer<Boolean> then) {
      getContext()
          .pipeToSelf(
              port.proveLeadership(),
              (leads, failure) -> new Then(() -> then.accept(failure == null && leads)));
    }

    @Override
    public void settle(Consumer<@Nullable EtcdException> then) {
      later(port.applied(), then);
    }

    @Override
    public void proposeFullTime(long id, Consumer<@Nullable EtcdException> then) {
      later(port.propose(checkpoint(List.of(new Checkpoint(id, 0)))), then);
    }

    private void later(CompletionStage<?> stage, Consumer<@Nullable EtcdException> then) {
      getContext()
          .pipeToSelf(
              stage,
              (done, failure) ->
                  new Then(() -> then.accept(failure == null ? null : Refusals.of(failure))));
    }

    @Override
    public void proposeRemaining(List<Checkpoint> remaining, long term) {
      ignoreResult(
          port.proposeAsLeader(checkpoint(remaining), term), "replicate the time of leases");
    }

    @Override
    public void renewed() {
      port.renewed();
    }

    @Override
    public void proposeEnd(long id, long term) {
      port.expired();
      ignoreResult(
          port.proposeAsLeader(new io.quorate.apply.Command.LeaseRevoke(id), term),
          "revoke an expired lease");
    }

    @Override
    public void renewAtLeader(long id, RenewReply reply) {
      port.renewAtLeader(id)
          .whenComplete(
              (ttl, failure) -> {
                if (failure == null) {
                  reply.renewed(ttl);
                } else {
                  reply.failed(Refusals.of(failure));
                }
              });
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
  }
}
