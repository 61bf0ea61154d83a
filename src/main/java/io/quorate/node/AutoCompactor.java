package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.apply.AutoCompaction;
import io.quorate.base.EtcdError;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * The shell round {@link AutoCompaction}: looks at its pace, and proposes what is due. The next
 * look is timed from the outcome of this one, so that at most one proposal is under way.
 */
final class AutoCompactor extends AbstractBehavior<AutoCompactor.Command> {
  /** What the actor takes: its own messages only. */
  sealed interface Command {}

  private enum Signal implements Command {
    LOOK
  }

  private record Outcome(long revision, @Nullable Throwable failure) implements Command {}

  /**
   * What the actor needs of its member.
   *
   * @param nanos a monotonic clock, in nanoseconds
   * @param revision the newest revision
   * @param leads whether the member leads
   * @param compact proposes a compaction
   */
  record Ports(
      LongSupplier nanos,
      LongSupplier revision,
      BooleanSupplier leads,
      LongFunction<CompletionStage<Answer>> compact) {}

  private final TimerScheduler<Command> timers;
  private final Ports ports;
  private final AutoCompaction compaction;

  private AutoCompactor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      AutoCompaction.Policy policy,
      Ports ports) {
    super(context);
    context.setLoggerName(AutoCompactor.class);
    this.timers = timers;
    this.ports = ports;
    this.compaction =
        new AutoCompaction(policy, ports.nanos().getAsLong(), ports.revision().getAsLong());
    scheduleLook();
  }

  static Behavior<Command> create(AutoCompaction.Policy policy, Ports ports) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new AutoCompactor(context, timers, policy, ports)));
  }

  static Behavior<Command> create(Node node) {
    return create(
        node.settings().space().compaction(),
        new Ports(
            System::nanoTime,
            node::revision,
            node::isLeader,
            revision -> node.propose(new io.quorate.apply.Command.Compact(revision))));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Signal.class, look -> onLook())
        .onMessage(Outcome.class, this::onOutcome)
        .build();
  }

  private void scheduleLook() {
    timers.startSingleTimer(Signal.LOOK, Duration.ofNanos(compaction.paceNanos()));
  }

  private Behavior<Command> onLook() {
    long due =
        compaction.look(
            ports.nanos().getAsLong(), ports.revision().getAsLong(), ports.leads().getAsBoolean());
    if (due == AutoCompaction.NOTHING) {
      scheduleLook();
    } else {
      getContext().getLog().info("compacting up to revision {} by itself", due);
      getContext()
          .pipeToSelf(ports.compact().apply(due), (answer, failure) -> new Outcome(due, failure));
    }
    return this;
  }

  private Behavior<Command> onOutcome(Outcome outcome) {
    Throwable failure = outcome.failure();
    if (failure == null || isCompacted(failure)) {
      compaction.done(outcome.revision(), ports.nanos().getAsLong());
    } else {
      getContext()
          .getLog()
          .warn(
              "automatic compaction up to revision {} failed, next try in {}: {}",
              outcome.revision(),
              Duration.ofNanos(compaction.paceNanos()),
              String.valueOf(failure));
    }
    scheduleLook();
    return this;
  }

  /** Somebody else was faster. */
  private static boolean isCompacted(Throwable failure) {
    return Refusals.of(failure).text().equals(EtcdError.COMPACTED.text());
  }
}
