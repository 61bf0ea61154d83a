package io.quorate.node;

import io.quorate.apply.Alarm;
import io.quorate.apply.Answer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Raises NOSPACE before the disk is full, and takes back what the quota or the disk raised once
 * there is room again: the leader does, when a compaction has finished since, what is counted is
 * below {@value #ROOM_PERCENT} % of the quota and the disk has its reserve. What a person raised it
 * leaves alone, and so does the state machine, should the two cross.
 *
 * <p>A leader knows only its own room. As long as members do not tell it theirs, an alarm in a
 * group of several waits for a person, as in the reference.
 */
final class QuotaKeeper extends AbstractBehavior<QuotaKeeper.Command> {
  /** What the actor takes. */
  sealed interface Command {}

  /** A compaction has removed its last row. */
  record CompactionFinished() implements Command {}

  private enum Signal implements Command {
    LOOK
  }

  private record Outcome(@Nullable Throwable failure) implements Command {}

  /**
   * What the actor needs of its member.
   *
   * @param self the member's id
   * @param quotaBytes the quota; negative for none
   * @param freeBytesMin the reserve on the disk
   * @param published the state as of the last batch
   * @param leads whether the member leads
   * @param usableBytes what the disk still takes; may block
   * @param propose proposes a change of the alarm
   */
  record Ports(
      long self,
      long quotaBytes,
      long freeBytesMin,
      Supplier<Published> published,
      BooleanSupplier leads,
      LongSupplier usableBytes,
      Function<io.quorate.apply.Command, CompletionStage<Answer>> propose) {}

  /** Counted bytes must be below this share of the quota before writes are let in again. */
  private static final int ROOM_PERCENT = 90;

  /**
   * How often the disk is looked at, which is one call of the system; also the pace of repeated
   * proposals. A disk that takes 500 MB/s has to be seen before it has eaten the reserve.
   */
  static final Duration PACE = Duration.ofMillis(200);

  private final Ports ports;
  private final Alarm own;
  private boolean compactedSince;
  private boolean proposing;
  private boolean saidShort;

  private QuotaKeeper(ActorContext<Command> context, TimerScheduler<Command> timers, Ports ports) {
    super(context);
    context.setLoggerName(QuotaKeeper.class);
    this.ports = ports;
    this.own = new Alarm(ports.self(), Alarm.Type.NOSPACE);
    timers.startTimerWithFixedDelay(Signal.LOOK, PACE);
  }

  static Behavior<Command> create(Ports ports) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new QuotaKeeper(context, timers, ports)));
  }

  static Behavior<Command> create(Node node, DiskSpace disk) {
    NodeSettings settings = node.settings();
    return create(
        new Ports(
            settings.self().id(),
            settings.space().quotaBytes(),
            settings.space().freeBytesMin(),
            node::published,
            node::isLeader,
            disk::usableBytes,
            node::propose));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(CompactionFinished.class, finished -> onCompactionFinished())
        .onMessage(Outcome.class, this::onOutcome)
        .onMessage(Signal.class, look -> onLook())
        .build();
  }

  private Behavior<Command> onCompactionFinished() {
    compactedSince = ports.published().get().alarmsByQuota().contains(own);
    return onLook();
  }

  private Behavior<Command> onLook() {
    Published state = ports.published().get();
    boolean raised = state.alarmsByQuota().contains(own);
    compactedSince &= raised;
    if (proposing) {
      return this;
    }
    boolean diskIsShort = usableBytes() < ports.freeBytesMin();
    if (diskIsShort && !saidShort) {
      getContext()
          .getLog()
          .warn("the disk has less than {} bytes left: raising NOSPACE", ports.freeBytesMin());
    }
    saidShort = diskIsShort;
    if (diskIsShort && !state.alarms().contains(own)) {
      propose(true);
    } else if (raised && !diskIsShort && compactedSince && ports.leads().getAsBoolean()) {
      if (hasRoom(state) && state.members().size() == 1) {
        propose(false);
      }
    }
    return this;
  }

  private boolean hasRoom(Published state) {
    // Divided first: a quota may be as large as a long.
    return ports.quotaBytes() < 0
        || state.countedBytes() < ports.quotaBytes() / 100.0 * ROOM_PERCENT;
  }

  /** What cannot be told is no reason to refuse writes: a disk that fails is noticed elsewhere. */
  private long usableBytes() {
    try {
      return ports.usableBytes().getAsLong();
    } catch (UncheckedIOException e) {
      getContext().getLog().warn("cannot tell the room on the disk: {}", String.valueOf(e));
      return Long.MAX_VALUE;
    }
  }

  private void propose(boolean raise) {
    proposing = true;
    getContext()
        .pipeToSelf(
            ports
                .propose()
                .apply(io.quorate.apply.Command.ChangeAlarm.byQuota(raise, ports.self())),
            (answer, failure) -> new Outcome(failure));
  }

  /** What failed is still due at the next look. */
  private Behavior<Command> onOutcome(Outcome outcome) {
    proposing = false;
    if (outcome.failure() != null) {
      getContext().getLog().info("alarm not changed: {}", String.valueOf(outcome.failure()));
    }
    return this;
  }
}
