package io.quorate.node;

import io.quorate.apply.CommandCodec;
import io.quorate.apply.Effects;
import io.quorate.apply.LeaseFacts;
import io.quorate.apply.MemberChange;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.lmdb.LmdbStore;
import io.quorate.lmdb.StoreImport;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.Half;
import io.quorate.raft.ConfChange;
import io.quorate.raft.Entry;
import io.quorate.raft.Reconfiguration;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
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

  /** Replace the whole state by a snapshot's; whoever asked is told by {@link Peers#raft}. */
  record Install(StoreImport content) implements Command {}

  /** The store on disk was replaced. */
  record StoreReplaced() implements Command {}

  private enum Signal implements Command {
    TICK,
    /** There may be entries that waited. */
    GO_ON
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
      Consumer<RaftCommand> raft) {}

  /** The active half goes to disk above this; heap bytes, as {@link Half#heapBytes} estimates. */
  static final long HALF_BYTES = 24L << 20;

  /** Above this the active half takes no more while the other is on its way; heap bytes. */
  static final long HALF_BYTES_MAX = 48L << 20;

  /** A half older than this goes to disk. */
  static final Duration HALF_AGE_MAX = Duration.ofSeconds(10);

  private static final Duration TICK = Duration.ofSeconds(1);

  private final Function<Effects, StateMachine> restore;
  private StateMachine machine;
  private @Nullable StoreImport installing;
  private final List<AskLease> asked = new ArrayList<>();
  private final Peers peers;
  private final Deque<List<Entry>> waiting = new ArrayDeque<>();
  private final List<CompletableFuture<Long>> forced = new ArrayList<>();
  private final List<CompletableFuture<Long>> forcing = new ArrayList<>();
  private long frozenAtNanos = System.nanoTime();
  private long frozenIndex;

  /** Of the last entry that was applied; 0 before the first one, when nobody waits for any. */
  private long term;

  private long compactedPrevious;
  private long compactAt;
  private long compactFrozenPrevious;
  private long compactFrozenAt;

  private ApplyActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Function<Effects, StateMachine> restore,
      Peers peers) {
    super(context);
    this.peers = peers;
    this.restore = restore;
    this.machine = restore.apply(new Hearing());
    timers.startTimerWithFixedDelay(Signal.TICK, TICK);
    publishSummary();
  }

  static Behavior<Command> create(Function<Effects, StateMachine> restore, Peers peers) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new ApplyActor(context, timers, restore, peers)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Committed.class, this::onCommitted)
        .onMessage(CheckpointWritten.class, this::onCheckpointWritten)
        .onMessage(RowsRemoved.class, this::onRowsRemoved)
        .onMessage(ForceCheckpoint.class, this::onForceCheckpoint)
        .onMessage(Install.class, this::onInstall)
        .onMessage(StoreReplaced.class, replaced -> onStoreReplaced())
        .onMessage(AskLease.class, this::onAskLease)
        .onMessage(AskLeases.class, this::onAskLeases)
        .onMessage(Signal.class, this::onSignal)
        .build();
  }

  private Behavior<Command> onSignal(Signal signal) {
    return signal == Signal.GO_ON ? applyWaiting() : checkpointIfDue();
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
    List<RaftCommand.Changed> changes = new ArrayList<>(0);
    long begin = System.nanoTime();
    peers.reader().beginBatch();
    try (DiskView view = peers.disk().open()) {
      machine.begin(view);
      // One entry may delete a million keys, or wait for the disk: a heartbeat must not.
      RelayPool.atLength(() -> entries.forEach(entry -> apply(entry, outcomes, changes)));
      List<List<Event>> revisions =
          outcomes.stream().map(StateMachine.Applied::events).filter(e -> !e.isEmpty()).toList();
      if (!revisions.isEmpty()) {
        peers.listener().changed(revisions);
      }
      peers.reader().publish(machine.end());
    }
    peers.listener().batch(outcomes, System.nanoTime() - begin);
    publishSummary();
    peers.raft().accept(new RaftCommand.Applied(machine.appliedIndex(), changes));
    outcomes.forEach(this::answer);
    long last = entries.get(entries.size() - 1).term();
    if (last > term) {
      term = last;
      peers.proposals().proposeLostAgain(last);
    }
  }

  private void apply(
      Entry entry, List<StateMachine.Applied> outcomes, List<RaftCommand.Changed> changes) {
    if (entry.kind() == Entry.Kind.CONF_CHANGE) {
      outcomes.add(changeMembers(entry, changes));
    } else if (entry.data().isEmpty()) {
      machine.skip(entry.index(), entry.term());
    } else {
      outcomes.add(machine.apply(entry.index(), entry.term(), CommandCodec.decode(entry.data())));
    }
    peers.listener().applied(entry.index(), machine.digest());
  }

  /** What members are refused here is refused by all, and consensus does not change then either. */
  private StateMachine.Applied changeMembers(Entry entry, List<RaftCommand.Changed> changes) {
    ConfChange change = ConfChange.decode(entry.data());
    MemberChange members =
        change.context().isEmpty() ? MemberChange.NOTHING : MemberChange.decode(change.context());
    StateMachine.Applied outcome =
        machine.changeMembers(
            entry.index(),
            entry.term(),
            members,
            Reconfiguration.apply(machine.membership(), change));
    if (outcome.refusal() == null) {
      changes.add(new RaftCommand.Changed(entry.index(), change));
    }
    return outcome;
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
                machine.members(),
                machine.removedMembers(),
                machine.alarms(),
                machine.alarmsByQuota(),
                machine.countedBytes(),
                machine.appliedIndex()));
  }

  private Behavior<Command> onInstall(Install install) {
    // What waits was overtaken; nothing follows before the snapshot is acknowledged.
    waiting.clear();
    installing = install.content();
    if (!machine.isFrozen()) {
      replace(install.content());
    }
    return this;
  }

  private void replace(StoreImport content) {
    peers.checkpointer().tell(new Checkpointer.Install(content));
  }

  private Behavior<Command> onStoreReplaced() {
    installing = null;
    RelayPool.atLength(() -> machine = restore.apply(new Hearing()));
    StoreMeta meta = machine.meta();
    peers.proposals().doubt();
    peers.listener().restored(meta.revision(), meta.compacted());
    peers.reader().replaced(machine.recent());
    frozenAtNanos = System.nanoTime();
    frozenIndex = meta.appliedIndex();
    compactAt = 0;
    compactFrozenAt = 0;
    // What was to be on disk is: the snapshot holds it.
    forcing.addAll(forced);
    forced.clear();
    completeForced();
    publishSummary();
    asked.forEach(this::onAskLease);
    asked.clear();
    peers.raft().accept(new RaftCommand.Installed(meta.appliedIndex()));
    return this;
  }

  private void completeForced() {
    forcing.forEach(done -> done.complete(frozenIndex));
    forcing.clear();
  }

  private Behavior<Command> checkpointIfDue() {
    if (machine.isFrozen() || installing != null) {
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
    completeForced();
    if (installing != null) {
      replace(installing);
      return this;
    }
    if (compactFrozenAt != 0) {
      peers.checkpointer().tell(new Checkpointer.Compact(compactFrozenPrevious, compactFrozenAt));
      compactFrozenAt = 0;
    }
    publishSummary();
    return applyWaiting();
  }

  /** One batch at a time: RaftActor, which each of them tells, may need this thread to go on. */
  private Behavior<Command> applyWaiting() {
    if (!waiting.isEmpty() && !isFull() && installing == null) {
      apply(waiting.remove());
      getContext().getSelf().tell(Signal.GO_ON);
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
    if (installing != null) {
      asked.add(ask);
      return this;
    }
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
