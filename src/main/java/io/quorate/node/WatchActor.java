package io.quorate.node;

import io.quorate.watch.Change;
import io.quorate.watch.HistoryRead;
import io.quorate.watch.HistorySlice;
import io.quorate.watch.Outlet;
import io.quorate.watch.WatchHub;
import io.quorate.watch.WatchLimits;
import io.quorate.watch.WatchRequest;
import io.quorate.watch.WatchStats;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Owns the {@link WatchHub} of one store.
 *
 * <p>Whoever applies tells it {@link Applied} before it answers the proposer, and before it lets a
 * read see the revision: then a client that has seen a revision and asks for progress is told at
 * least that one. Its mailbox is bounded by those who write to it: proposals in flight, and
 * requests of streams, which are held while their stream is full.
 */
public final class WatchActor extends AbstractBehavior<WatchActor.Command> {
  private static final Duration RETRY = Duration.ofMillis(100);

  // Pekko refuses timers beyond 248 days, and intervals of progress are the operator's choice.
  private static final long TICK_NANOS_MAX = Duration.ofDays(1).toNanos();

  /** What the actor is told. */
  public sealed interface Command {}

  /** A stream begins under an id not used before; it ends with {@link Close}. */
  public record Open(long streamId, Outlet outlet) implements Command {}

  /** A stream is over, with all its watches. */
  public record Close(long streamId) implements Command {}

  /** A client creates a watch. */
  public record Create(long streamId, WatchRequest request) implements Command {}

  /** A client may not create a watch; it is told the reason in order with all else. */
  public record Refuse(long streamId, String reason) implements Command {}

  /** A client cancels a watch. */
  public record Cancel(long streamId, long watchId) implements Command {}

  /** A client asks how far all watches of its stream are. */
  public record RequestProgress(long streamId) implements Command {}

  /** A stream that was full has room. */
  public record Writable(long streamId) implements Command {}

  /** The store changed: in order, none left out, and told once. */
  public record Applied(List<Change> changes) implements Command {}

  /** History below {@code revision} may be gone. */
  public record Compacted(long revision) implements Command {}

  /** The store was replaced by a snapshot at {@code revision}. */
  public record Restored(long revision, long compactRevision) implements Command {}

  /** Asks for the numbers that metrics show. */
  public record GetStats(ActorRef<WatchStats> replyTo) implements Command {}

  private enum Wake implements Command {
    PROGRESS_DUE,
    CATCH_UP,
    RETRY_READ
  }

  private record ReadDone(
      HistoryRead read, @Nullable HistorySlice slice, @Nullable Throwable failure)
      implements Command {}

  /**
   * How the actor begins.
   *
   * @param limits the bounds of the hub
   * @param revision the store's revision; the first {@link Applied} begins with the next one
   * @param compactRevision the store's compact revision, 0 or less for none
   * @param nanos a monotonic clock, in nanoseconds
   * @param jitter gives a number from 0 to below its argument, by lot
   */
  public record Settings(
      WatchLimits limits,
      long revision,
      long compactRevision,
      LongSupplier nanos,
      LongUnaryOperator jitter) {}

  private final TimerScheduler<Command> timers;
  private final HistoryReader history;
  private final LongSupplier nanos;
  private final WatchHub hub;
  private long tickNanos = Long.MAX_VALUE;
  private boolean catchingUp;
  private boolean readPaused;

  private WatchActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Settings settings,
      HistoryReader history) {
    super(context);
    this.timers = timers;
    this.history = history;
    this.nanos = settings.nanos();
    this.hub =
        new WatchHub(
            settings.limits(), settings.revision(), settings.compactRevision(), settings.jitter());
  }

  /** The behavior of the owner of a new hub. */
  public static Behavior<Command> create(Settings settings, HistoryReader history) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new WatchActor(context, timers, settings, history)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Applied.class, this::onApplied)
        .onMessage(Writable.class, this::onWritable)
        .onMessage(RequestProgress.class, this::onRequestProgress)
        .onMessage(Create.class, this::onCreate)
        .onMessage(Cancel.class, this::onCancel)
        .onMessage(Open.class, this::onOpen)
        .onMessage(Close.class, this::onClose)
        .onMessage(Refuse.class, this::onRefuse)
        .onMessage(ReadDone.class, this::onReadDone)
        .onMessage(Wake.class, this::onWake)
        .onMessage(Compacted.class, this::onCompacted)
        .onMessage(Restored.class, this::onRestored)
        .onMessage(GetStats.class, this::onGetStats)
        .build();
  }

  private Behavior<Command> onApplied(Applied applied) {
    hub.onApplied(applied.changes());
    return settle();
  }

  private Behavior<Command> onWritable(Writable writable) {
    hub.onWritable(writable.streamId());
    return settle();
  }

  private Behavior<Command> onRequestProgress(RequestProgress request) {
    hub.requestProgress(request.streamId());
    return this;
  }

  private Behavior<Command> onCreate(Create create) {
    hub.create(create.streamId(), create.request());
    return settle();
  }

  private Behavior<Command> onCancel(Cancel cancel) {
    hub.cancel(cancel.streamId(), cancel.watchId());
    return this;
  }

  private Behavior<Command> onOpen(Open open) {
    hub.open(open.streamId(), open.outlet(), nanos.getAsLong());
    return scheduleTick();
  }

  private Behavior<Command> onClose(Close close) {
    hub.close(close.streamId());
    return scheduleTick();
  }

  private Behavior<Command> onRefuse(Refuse refuse) {
    hub.refuse(refuse.streamId(), refuse.reason());
    return this;
  }

  private Behavior<Command> onCompacted(Compacted compacted) {
    hub.onCompacted(compacted.revision());
    return settle();
  }

  private Behavior<Command> onRestored(Restored restored) {
    hub.onRestored(restored.revision(), restored.compactRevision());
    return settle();
  }

  private Behavior<Command> onGetStats(GetStats get) {
    get.replyTo().tell(hub.stats());
    return this;
  }

  private Behavior<Command> onReadDone(ReadDone done) {
    if (done.slice() != null) {
      hub.onHistory(done.read(), done.slice());
    } else {
      getContext().getLog().warn("failed to read history for watches", done.failure());
      hub.onHistoryFailed(done.read());
      readPaused = true;
      timers.startSingleTimer(Wake.RETRY_READ, RETRY);
    }
    return settle();
  }

  private Behavior<Command> onWake(Wake wake) {
    switch (wake) {
      case PROGRESS_DUE -> {
        hub.tick(nanos.getAsLong());
        tickNanos = Long.MAX_VALUE;
        return scheduleTick();
      }
      case CATCH_UP -> catchingUp = false;
      case RETRY_READ -> readPaused = false;
    }
    return settle();
  }

  /** Does a slice of what the hub wants done; the mailbox goes between one slice and the next. */
  private Behavior<Command> settle() {
    if (!catchingUp && hub.catchUp()) {
      catchingUp = true;
      getContext().getSelf().tell(Wake.CATCH_UP);
    }
    HistoryRead read = readPaused ? null : hub.nextRead();
    if (read != null) {
      getContext()
          .pipeToSelf(
              history.read(read),
              (slice, failure) -> new ReadDone(read, failure == null ? slice : null, failure));
    }
    return this;
  }

  private Behavior<Command> scheduleTick() {
    long due = hub.nextTickNanos();
    if (due == Long.MAX_VALUE) {
      timers.cancel(Wake.PROGRESS_DUE);
    } else if (due != tickNanos) {
      long wait = Math.min(TICK_NANOS_MAX, Math.max(0, due - nanos.getAsLong()));
      timers.startSingleTimer(Wake.PROGRESS_DUE, Duration.ofNanos(wait));
    }
    tickNanos = due;
    return this;
  }
}
