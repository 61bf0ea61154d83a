package io.quorate.node;

import io.quorate.apply.CommandCodec;
import io.quorate.apply.Effects;
import io.quorate.apply.LeaseFacts;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.lmdb.LmdbStore;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.Half;
import io.quorate.raft.Entry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * The shell round {@link StateMachine}: applies committed entries beside the RaftActor, publishes
 * each batch, answers its proposers, and decides when the active half goes to disk.
 *
 * <p>When the active half is full while the frozen one is still on its way, entries wait here; the
 * core stops handing out more once {@code applyBytesMax} are unacknowledged, and refuses proposals
 * once its own bound is reached. So memory is bounded whatever the disk does.
 */
public final class ApplyActor extends AbstractBehavior<ApplyActor.Command> {
  /** What the actor takes. */
  public sealed interface Command {}

  /** Entries to apply, in log order behind all before. */
  record Committed(List<Entry> entries) implements Command {}

  /** The frozen half is on disk, where the rows now count {@code diskBytes}. */
  record CheckpointWritten(long diskBytes) implements Command {}

  /**
   * Compaction removed rows; those on disk now count {@code diskBytes}. {@code finished} when it
   * has none left to remove.
   */
  record RowsRemoved(long diskBytes, boolean finished) implements Command {}

  /** Completes when everything applied so far is on disk. */
  record ForceCheckpoint(CompletableFuture<Long> done) implements Command {}

  /** Asks for a lease and its keys; completes with null when there is none. */
  record AskLease(long id, CompletableFuture<@Nullable LeaseKeys> answer) implements Command {}

  /** Asks for all leases. */
  record AskLeases(CompletableFuture<List<LeaseFacts>> answer) implements Command {}

  private enum Signal implements Command {
    TICK
  }

  /** A lease and the keys that hang on it, in order. */
  public record LeaseKeys(LeaseFacts lease, List<Bytes> keys) {}

  /**
   * Who works with the actor.
   *
   * @param disk the store
   * @param reader where batches are published
   * @param proposals who waits for answers
   * @param listener who follows changes
   * @param onPublished is told of each batch's summary
   * @param checkpointer writes halves
   * @param raft is told how far applying has come
   */
  record Peers(
      LmdbStore disk,
      StoreReader reader,
      Proposals proposals,
      ChangeListener listener,
      Consumer<Published> onPublished,
      ActorRef<Checkpointer.Command> checkpointer,
      java.util.function.LongConsumer raft) {}

  /** The active half goes to disk above this; heap bytes, as {@link Half#heapBytes} estimates. */
  static final long HALF_BYTES = 24L << 20;

  /** Above this the active half takes no more while the other is on its way; heap bytes. */
  static final long HALF_BYTES_MAX = 48L << 20;

  /** A half older than this goes to disk. */
  static final Duration HALF_AGE_MAX = Duration.ofSeconds(10);

  private static final Duration TICK = Duration.ofSeconds(1);

  private final StateMachine machine;
  private final Peers peers;
  private final Deque<List<Entry>> waiting = new ArrayDeque<>();
  private final List<CompletableFuture<Long>> forced = new ArrayList<>();
  private final List<CompletableFuture<Long>> forcing = new ArrayList<>();
  private long frozenAtNanos = System.nanoTime();
  private long frozenIndex;
  private long compactedPrevious;
  private long compactAt;
  private long compactFrozenPrevious;
  private long compactFrozenAt;

  private ApplyActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      java.util.function.Function<Effects, StateMachine> machine,
      Peers peers) {
    super(context);
    this.peers = peers;
    this.machine = machine.apply(new Hearing());
    timers.startTimerWithFixedDelay(Signal.TICK, TICK);
    publishSummary();
  }

  static Behavior<Command> create(
      java.util.function.Function<Effects, StateMachine> machine, Peers peers) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new ApplyActor(context, timers, machine, peers)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Committed.class, this::onCommitted)
        .onMessage(CheckpointWritten.class, this::onCheckpointWritten)
        .onMessage(RowsRemoved.class, this::onRowsRemoved)
        .onMessage(ForceCheckpoint.class, this::onForceCheckpoint)
        .onMessage(AskLease.class, this::onAskLease)
        .onMessage(AskLeases.class, this::onAskLeases)
        .onMessage(Signal.class, tick -> checkpointIfDue())
        .build();
  }

  private Behavior<Command> onCommitted(Committed committed) {
    if (!waiting.isEmpty() || isFull()) {
      waiting.add(committed.entries());
      return this;
    }
    apply(committed.entries());
    return checkpointIfDue();
  }

  private boolean isFull() {
    return machine.isFrozen() && machine.active().heapBytes() >= HALF_BYTES_MAX;
  }

  private void apply(List<Entry> entries) {
    List<StateMachine.Applied> outcomes = new ArrayList<>(entries.size());
    List<List<Event>> revisions = new ArrayList<>();
    try (DiskView view = peers.disk().open()) {
      machine.begin(view);
      for (Entry entry : entries) {
        if (entry.kind() != Entry.Kind.NORMAL || entry.data().isEmpty()) {
          machine.skip(entry.index(), entry.term());
          continue;
        }
        StateMachine.Applied outcome =
            machine.apply(entry.index(), entry.term(), CommandCodec.decode(entry.data()));
        outcomes.add(outcome);
        if (!outcome.events().isEmpty()) {
          revisions.add(outcome.events());
        }
      }
      if (!revisions.isEmpty()) {
        peers.listener().changed(revisions);
      }
      peers.reader().publish(machine.end());
    }
    publishSummary();
    peers.raft().accept(machine.appliedIndex());
    outcomes.forEach(this::answer);
  }

  private void answer(StateMachine.Applied outcome) {
    if (outcome.answer() != null) {
      peers.proposals().done(outcome.proposal(), outcome.answer());
    } else if (outcome.refusal() != null) {
      peers.proposals().refused(outcome.proposal(), outcome.refusal());
    }
  }

  private void publishSummary() {
    peers
        .onPublished()
        .accept(
            new Published(
                List.copyOf(machine.members()),
                machine.alarms(),
                machine.alarmsByQuota(),
                machine.countedBytes(),
                machine.appliedIndex()));
  }

  private Behavior<Command> checkpointIfDue() {
    if (machine.isFrozen()) {
      return this;
    }
    boolean full = machine.active().heapBytes() >= HALF_BYTES;
    boolean old = System.nanoTime() - frozenAtNanos >= HALF_AGE_MAX.toNanos();
    boolean wanted = !forced.isEmpty() || compactAt != 0;
    if (full || wanted || (old && machine.appliedIndex() > frozenIndex)) {
      freeze();
    }
    return this;
  }

  private void freeze() {
    StoreMeta meta = machine.meta();
    Half half = machine.freeze();
    frozenAtNanos = System.nanoTime();
    frozenIndex = machine.appliedIndex();
    compactFrozenPrevious = compactedPrevious;
    compactFrozenAt = compactAt;
    compactAt = 0;
    forcing.addAll(forced);
    forced.clear();
    // The epoch has moved: readers must join the disk with this memory from now on.
    peers.reader().publish(machine.recent());
    peers.checkpointer().tell(new Checkpointer.Write(half, meta));
  }

  private Behavior<Command> onCheckpointWritten(CheckpointWritten written) {
    machine.dropFrozen(written.diskBytes());
    peers.reader().publish(machine.recent());
    forcing.forEach(done -> done.complete(frozenIndex));
    forcing.clear();
    if (compactFrozenAt != 0) {
      peers.checkpointer().tell(new Checkpointer.Compact(compactFrozenPrevious, compactFrozenAt));
      compactFrozenAt = 0;
    }
    publishSummary();
    while (!waiting.isEmpty() && !isFull()) {
      apply(waiting.remove());
      checkpointIfDue();
    }
    return checkpointIfDue();
  }

  private Behavior<Command> onRowsRemoved(RowsRemoved removed) {
    machine.setDiskBytes(removed.diskBytes());
    publishSummary();
    if (removed.finished()) {
      peers.listener().compactionFinished();
    }
    return this;
  }

  private Behavior<Command> onForceCheckpoint(ForceCheckpoint force) {
    if (machine.appliedIndex() == frozenIndex && !machine.isFrozen() && frozenIndex != 0) {
      force.done().complete(frozenIndex);
      return this;
    }
    forced.add(force.done());
    return checkpointIfDue();
  }

  private Behavior<Command> onAskLease(AskLease ask) {
    LeaseFacts lease = machine.lease(ask.id());
    if (lease == null) {
      ask.answer().complete(null);
      return this;
    }
    try (DiskView view = peers.disk().open()) {
      machine.begin(view);
      ask.answer().complete(new LeaseKeys(lease, machine.keysOfLease(ask.id())));
      peers.reader().publish(machine.end());
    }
    return this;
  }

  private Behavior<Command> onAskLeases(AskLeases ask) {
    ask.answer().complete(machine.leases());
    return this;
  }

  /** Passes effects on and remembers what concerns the disk. */
  private final class Hearing implements Effects {
    @Override
    public void leaseGranted(long id, long ttl) {
      peers.listener().leaseGranted(id, ttl);
    }

    @Override
    public void leaseRevoked(long id) {
      peers.listener().leaseRevoked(id);
    }

    @Override
    public void leaseCheckpointed(long id, long seconds) {
      peers.listener().leaseCheckpointed(id, seconds);
    }

    @Override
    public void compacted(long previous, long at) {
      if (compactAt == 0) {
        compactedPrevious = previous;
      }
      compactAt = at;
      peers.listener().compacted(previous, at);
    }
  }
}
