package io.quorate.sim;

import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.apply.StateMachine;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.journal.FetchedEntries;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.StoreHash;
import io.quorate.raft.ConfChange;
import io.quorate.raft.Entry;
import io.quorate.raft.LogSource;
import io.quorate.raft.Message;
import io.quorate.raft.RaftConfig;
import io.quorate.raft.RaftCore;
import io.quorate.raft.Ready;
import io.quorate.raft.RoleKind;
import io.quorate.raft.SnapshotMeta;
import io.quorate.raft.Solitude;
import io.quorate.watch.Outlet;
import io.quorate.watch.WatchRequest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A member in virtual time: the shell round the core, as the actors are in a process. What takes
 * time there takes time here: writes and checkpoints of its {@link SimDisk}, applying, and the
 * sending of a snapshot.
 */
final class SimNode {
  private static final long LOG_TAIL_BYTES_MAX = 4_000;
  private static final long ID_SHIFT = 1L << 40;

  /** What a member shares with all others. */
  record World(
      Timeline timeline,
      SeededRandom random,
      Tally tally,
      Checks checks,
      SimNetwork network,
      Climate climate,
      Listener listener) {}

  /** Who hears what became of members. */
  interface Listener {
    /** It applied its own removal. */
    void removed(SimNode node);

    /** It leads a new term. */
    void elected(SimNode node);

    /** The member {@code id}, if it ever was. */
    @Nullable SimNode find(long id);
  }

  /** Who waits for a proposal; told null when it is refused. */
  interface Waiter {
    void done(long proposal, @Nullable Answer answer);
  }

  final long id;
  private final World world;
  private Durable disk;
  private final SimDisk device;
  private final SimSender sender;
  private final SimRepair repair;
  private final SimCheckpoints checkpoints;
  private final SimProcess process;
  private final Map<Long, Durable.Checkpoint> incoming = new TreeMap<>();
  private final Deque<List<Entry>> applying = new ArrayDeque<>();
  private final SimProposals proposals;
  private final SimReads reads = new SimReads();
  private final Map<Long, Runnable> watches = new TreeMap<>();
  private RaftCore core;
  private SimStore store;
  private SimLeases leases;
  private Solitude solitude = new Solitude();
  private boolean atOnce;
  private long termBegin;
  private long ledTerm;
  private boolean applyDue;
  private long removedAt = Long.MAX_VALUE;
  private boolean wiped;
  private @Nullable Runnable doomed;
  private long checkedCommit;
  private long nextId;

  SimNode(long id, Durable disk, World world) {
    this.id = id;
    this.disk = disk;
    this.world = world;
    this.proposals = new SimProposals(world.tally());
    this.sender = new SimSender(this, world);
    this.repair = new SimRepair(this, world);
    this.checkpoints = new SimCheckpoints(this, world);
    this.device = new SimDisk(world.timeline(), world.random(), world.tally(), world.climate());
    this.process = new SimProcess(world.timeline(), this::pump);
    this.nextId = id * ID_SHIFT;
    start();
  }

  SimProcess process() {
    return process;
  }

  RaftCore core() {
    return core;
  }

  SimDisk device() {
    return device;
  }

  SimLeases leases() {
    return leases;
  }

  Durable disk() {
    return disk;
  }

  SimStore store() {
    return store;
  }

  /** Its clock runs slower by {@code factor} from now on. */
  void setDrift(double factor) {
    process.setDrift(factor);
    world.checks().leases().clocks.set(id, 1 / factor);
  }

  StateMachine machine() {
    return store.machine();
  }

  StoreHash hash() {
    return store.hash();
  }

  /** Whether a change of the membership is in the log and may yet come. */
  boolean mayChange() {
    return disk.mayChange(machine().appliedIndex());
  }

  /** Whether even a crash leaves this member with the knowledge of {@code membership}. */
  boolean hasCheckpointOf(Membership membership) {
    return disk.meta.membership().equals(membership);
  }

  /** Starts from what is on disk. */
  void start() {
    process.start();
    disk.open(id, world.checks());
    LogSource source =
        new FetchedEntries(
            disk.journal::reader,
            fetch -> process.later(device.readLatency(), fetch),
            () -> process.later(0, () -> {}),
            failure -> world.checks().that(false, "%d cannot read its log: %s", id, failure));
    RaftConfig config = world.climate().config(id);
    core = disk.core(config, LOG_TAIL_BYTES_MAX, source, world.random());
    leases = new SimLeases(this, world);
    store =
        new SimStore(
            id, disk, world.checks(), leases, world.climate().leaseLimits().minTtlSeconds());
    leases.replaced(machine().leases());
    solitude = new Solitude();
    atOnce = false;
    checkedCommit = core.log().commit();
    if (wiped) {
      core.withhold();
    }
    process.tick(world.climate().tick(), () -> core.tick());
    checkpoints.start();
    repair.start();
  }

  /** Ends the process at once. */
  void crash() {
    if (!process.isUp()) {
      return;
    }
    process.end();
    device.crash();
    disk.close();
    if (store.isCheckpointing()) {
      world.tally().count(Fault.LOST_CHECKPOINT);
    }
    if (SimStore.isCompactionUnfinished(disk)) {
      world.tally().count(Fault.UNFINISHED_COMPACTION);
    }
    applying.clear();
    proposals.clear();
    reads.clear();
    incoming.clear();
    applyDue = false;
    doomed = null;
    List<Runnable> lost = List.copyOf(watches.values());
    watches.clear();
    lost.forEach(Runnable::run);
  }

  /** Begins anew under the same id with an empty disk: it may have promised what it forgot. */
  void wipe() {
    crash();
    disk = Durable.empty(world.random());
    wiped = true;
    start();
  }

  /** Its store is found to be damaged: it begins anew without, and keeps its log. */
  void quarantine() {
    crash();
    disk.quarantine();
    start();
  }

  /** Whether it knows that it is a member no more; a new life may have to learn it again. */
  boolean isRemoved() {
    return machine().appliedIndex() >= removedAt;
  }

  boolean isQuarantined() {
    return disk.quarantined;
  }

  /** Sends {@code member} the newest checkpoint, if this one leads. */
  void repairOther(long member) {
    act(
        leader -> {
          if (leader.roleKind() == RoleKind.LEADER) {
            SnapshotMeta newest = new SnapshotMeta(0, 0, leader.membership());
            sender.send(new Message.InstallSnapshot(id, member, leader.term(), newest), disk);
          }
        });
  }

  /** Puts {@code content} in place of the store; the log holds what follows. */
  void repaired(SnapshotMeta meta, Durable.Checkpoint content) {
    disk.repair(content);
    replaced();
    core.rewind(meta);
  }

  private void replaced() {
    applying.clear();
    proposals.doubt();
    store.replaced();
    leases.replaced(machine().leases());
  }

  /** Runs {@code crash} in the middle of the next write. */
  void doom(Runnable crash) {
    doomed = crash;
  }

  void receive(Message m) {
    process.run(() -> core.step(m));
  }

  /** A snapshot arrives with its content. */
  void receive(Message.InstallSnapshot m, Durable.Checkpoint content) {
    process.run(
        () -> {
          if (repair.takes(m, content)) {
            return;
          }
          incoming.put(m.meta().index(), content);
          core.step(m);
        });
  }

  void act(Consumer<RaftCore> what) {
    process.run(() -> what.accept(core));
  }

  // --- what clients ask ------------------------------------------------------------------------

  void propose(Command command, Waiter waiter) {
    process.run(
        () -> {
          long proposal = ++nextId;
          if (disk.quarantined || !proposals.propose(core, proposal, command, waiter)) {
            waiter.done(proposal, null);
          }
        });
  }

  void read(Op.Range range, boolean linearizable, Consumer<OpResult.Range> waiter) {
    process.run(
        () -> {
          if (disk.quarantined) {
            return;
          }
          if (!linearizable) {
            waiter.accept(store.read(range));
            return;
          }
          linearize(() -> waiter.accept(store.read(range)));
        });
  }

  /** Does {@code then} when this member holds all that was acknowledged before, if it ever does. */
  void linearize(Runnable then) {
    if (atOnce) {
      world.tally().count(Fault.SOLE_READ);
      then.run();
    } else {
      reads.ask(core, ++nextId, then);
    }
  }

  /** Asks a member something on a connection of its own. */
  void askMember(long member, Consumer<SimNode> what) {
    SimNode other = world.listener().find(member);
    if (other != null && other != this) {
      world.network().carry(id, member, () -> what.accept(other));
    }
  }

  /** Opens a stream with one watch; {@code onLost} runs when the process ends. */
  long watch(Outlet outlet, WatchRequest request, Runnable onLost) {
    long stream = ++nextId;
    watches.put(stream, onLost);
    process.run(
        () -> {
          if (disk.quarantined) {
            watches.remove(stream);
            process.later(0, onLost);
            return;
          }
          store.hub().open(stream, outlet, world.timeline().now());
          store.hub().create(stream, request);
        });
    return stream;
  }

  void unwatch(long stream) {
    watches.remove(stream);
    process.run(() -> store.hub().close(stream));
  }

  void writable(long stream) {
    process.run(() -> store.hub().onWritable(stream));
  }

  // --- what the core wants ---------------------------------------------------------------------

  private void pump() {
    atOnce = solitude.isAt(core, machine().appliedIndex());
    Ready ready = core.ready();
    while (process.isUp() && !ready.isEmpty()) {
      perform(ready);
      ready = core.ready();
    }
    if (process.isUp()) {
      checkedCommit = world.checks().log(core, checkedCommit);
      store.settle();
      leases.follow(termBegin, machine().appliedIndex());
    }
  }

  private void perform(Ready ready) {
    Ready.Persist persist = ready.persist();
    if (persist != null) {
      write(persist, ready.messagesAfterPersist());
      if (!process.isUp()) {
        return;
      }
    }
    ready.messages().forEach(m -> sender.send(m, disk));
    if (!ready.committed().isEmpty()) {
      applying.add(ready.committed());
      applyLater();
    }
    ready.reads().forEach(read -> reads.confirm(read, machine().appliedIndex()));
    if (ready.softState() != null) {
      if (core.roleKind() == RoleKind.LEADER) {
        world.listener().elected(this);
        termBegin = core.term() == ledTerm ? termBegin : core.log().last();
        ledTerm = core.term();
      }
      reads.askAgain(core);
      proposals.proposeLost(core);
    }
  }

  private void write(Ready.Persist persist, List<Message> messages) {
    persist.entries().forEach(entry -> world.checks().written(core, entry));
    SnapshotMeta snapshot = persist.snapshot();
    Durable.Checkpoint content = snapshot == null ? null : incoming.get(snapshot.index());
    world.checks().that(snapshot == null || content != null, "%d lacks a snapshot", id);
    boolean begun =
        device.write(
            new Durable.Write(disk, persist, content, world.random().chance(700)),
            () -> process.run(() -> written(persist, messages)));
    if (!begun) {
      // A member whose disk is full can promise nothing any more.
      crash();
    } else if (doomed != null) {
      // The moment that matters: told to the device, and perhaps not there yet.
      process.later(device.latency() / 2, doomed);
      doomed = null;
    }
  }

  private void written(Ready.Persist persist, List<Message> messages) {
    messages.forEach(m -> sender.send(m, disk));
    SnapshotMeta snapshot = persist.snapshot();
    if (snapshot != null) {
      world.tally().count(Fault.SNAPSHOT);
      // A later one may have arrived during the write.
      incoming.keySet().removeIf(index -> index <= snapshot.index());
      replaced();
    }
    core.persisted(persist.ticket());
  }

  private void applyLater() {
    if (!applyDue) {
      applyDue = true;
      process.later(
          world.random().nextInt(world.climate().applyMicros()) * Timeline.MICROS,
          () -> {
            applyDue = false;
            List<Entry> entries = applying.poll();
            if (entries != null) {
              apply(entries);
            }
            if (process.isUp() && !applying.isEmpty()) {
              applyLater();
            }
          });
    }
  }

  private void apply(List<Entry> entries) {
    List<StateMachine.Applied> outcomes = store.apply(entries, this::change);
    core.applied(machine().appliedIndex());
    proposals.applied(core, outcomes, entries.get(entries.size() - 1).term());
    reads.serve(machine().appliedIndex());
    if (isRemoved()) {
      world.listener().removed(this);
    }
  }

  private Membership change(Entry entry) {
    ConfChange change = ConfChange.decode(entry.data());
    world.tally().count(Fault.MEMBER_CHANGE);
    // Who joined late sees memberships from before its own time: only its removal counts.
    if (change.steps().contains(new ConfChange.Step(ConfChange.Op.REMOVE, id))) {
      removedAt = entry.index();
    }
    Membership next = core.applyConfChange(entry.index(), change);
    disk.noteMembers(entry.index(), next);
    return next;
  }

  @Override
  public String toString() {
    return String.format(
        "%n%d %s %s of term %d, leader %x, last %d, commit %d, applied %d, %s",
        id,
        process.isUp() ? process.isPaused() ? "paused" : "up" : "down",
        core.roleKind(),
        core.term(),
        core.leader(),
        core.log().last(),
        core.log().commit(),
        machine().appliedIndex(),
        core.membership());
  }
}
