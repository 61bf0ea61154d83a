package io.quorate.sim;

import io.quorate.apply.CommandCodec;
import io.quorate.apply.Effects;
import io.quorate.apply.MemberChange;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StoreMeta;
import io.quorate.base.Membership;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.EventReader;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.RangePlan;
import io.quorate.mvcc.StoreHash;
import io.quorate.mvcc.StoreView;
import io.quorate.raft.Entry;
import io.quorate.watch.Change;
import io.quorate.watch.HistoryRead;
import io.quorate.watch.HistorySlice;
import io.quorate.watch.WatchHub;
import io.quorate.watch.WatchLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The state machine of one life, its watches, and its checkpoints. */
final class SimStore {
  private static final WatchLimits WATCH = new WatchLimits(3_000, 1_000, 1_500, 3, 50);

  /** A half on its way to the disk. */
  record Frozen(Half half, StoreMeta meta, boolean compacts, StateMachine from) {}

  private final long member;
  private final Durable disk;
  private final Checks checks;
  private final Effects leases;
  private final long ttlMin;
  private StateMachine machine;
  private final WatchHub hub;
  private boolean compacting;
  private boolean checkpointing;

  SimStore(long member, Durable disk, Checks checks, Effects leases, long ttlMin) {
    this.member = member;
    this.disk = disk;
    this.checks = checks;
    this.leases = leases;
    this.ttlMin = ttlMin;
    this.machine = load();
    this.hub =
        new WatchHub(
            WATCH, machine.meta().revision(), machine.meta().compacted(), bound -> bound / 2);
    disk.removeRows();
  }

  private StateMachine load() {
    try (DiskView view = disk.rows.open()) {
      return new StateMachine(disk.meta, view, disk.rows.bytes(), ttlMin, new Hearing());
    }
  }

  StateMachine machine() {
    return machine;
  }

  WatchHub hub() {
    return hub;
  }

  boolean isCheckpointing() {
    return checkpointing;
  }

  /** The disk was replaced by a snapshot. */
  void replaced() {
    checkpointing = false;
    compacting = false;
    machine = load();
    hub.onRestored(machine.meta().revision(), machine.meta().compacted());
  }

  /**
   * Applies {@code entries} as one batch.
   *
   * @param onChange is told of each change of the membership when it is reached, and answers the
   *     new membership
   * @return what became of the proposals among them
   */
  List<StateMachine.Applied> apply(List<Entry> entries, Function<Entry, Membership> onChange) {
    List<StateMachine.Applied> outcomes = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    try (DiskView view = disk.rows.open()) {
      machine.begin(view);
      for (Entry entry : entries) {
        StateMachine.Applied outcome = null;
        if (entry.kind() == Entry.Kind.CONF_CHANGE) {
          machine.changeMembers(
              entry.index(), entry.term(), MemberChange.NOTHING, onChange.apply(entry));
        } else if (entry.data().isEmpty()) {
          machine.skip(entry.index(), entry.term());
        } else {
          outcome = machine.apply(entry.index(), entry.term(), CommandCodec.decode(entry.data()));
          outcomes.add(outcome);
          List<Event> events = outcome.events();
          if (!events.isEmpty()) {
            changes.add(new Change(events.get(0).revision(), events));
          }
        }
        checks.applied(member, machine.digest(), entry, outcome);
      }
      machine.end();
    }
    hub.onCompacted(Math.max(0, machine.meta().compacted()));
    if (!changes.isEmpty()) {
      hub.onApplied(changes);
    }
    return outcomes;
  }

  OpResult.Range read(Op.Range range) {
    try (DiskView view = disk.rows.open()) {
      return RangePlan.execute(new StoreView(machine.recent(), view), range);
    }
  }

  /** The hash of everything. */
  StoreHash hash() {
    try (DiskView view = disk.rows.open()) {
      StoreMeta meta = machine.meta();
      return StoreHash.of(new StoreView(machine.recent(), view), meta.compacted(), meta.revision());
    }
  }

  /** Lets the watches catch up. */
  void settle() {
    boolean more = true;
    while (more) {
      more = hub.catchUp();
      HistoryRead read = hub.nextRead();
      if (read != null) {
        hub.onHistory(read, history(read));
        more = true;
      }
    }
  }

  private HistorySlice history(HistoryRead read) {
    try (DiskView rows = disk.rows.open()) {
      StoreView view = new StoreView(machine.recent(), rows);
      if (read.fromRevision() < view.compacted()) {
        return HistorySlice.compacted(view.compacted());
      }
      EventReader.Slice slice =
          EventReader.read(view, read.fromRevision(), read.toRevision() - 1, read.bytesMax());
      return HistorySlice.of(Change.split(slice.events()), slice.next());
    }
  }

  /** Begins a checkpoint; none may be under way. */
  Frozen freeze() {
    checkpointing = true;
    boolean compacts = compacting;
    compacting = false;
    StoreMeta meta = machine.meta();
    return new Frozen(machine.freeze(), meta, compacts, machine);
  }

  /** Ends it; false if a snapshot has replaced the state meanwhile. */
  boolean write(Frozen frozen) {
    if (frozen.from() != machine || disk.meta.appliedIndex() > frozen.meta().appliedIndex()) {
      return false;
    }
    disk.checkpoint(frozen.half(), frozen.meta());
    machine.dropFrozen(disk.rows.bytes());
    checkpointing = false;
    return true;
  }

  void removeRows() {
    disk.removeRows();
    machine.setDiskBytes(disk.rows.bytes());
  }

  /** Whether the disk holds rows that a compaction has yet to remove. */
  static boolean isCompactionUnfinished(Durable disk) {
    return disk.meta.compacted() > disk.removed;
  }

  private final class Hearing implements Effects {
    @Override
    public void leaseGranted(long lease, long ttl) {
      leases.leaseGranted(lease, ttl);
    }

    @Override
    public void leaseRevoked(long lease) {
      leases.leaseRevoked(lease);
    }

    @Override
    public void leaseCheckpointed(long lease, long seconds) {
      leases.leaseCheckpointed(lease, seconds);
    }

    @Override
    public void compacted(long previous, long at) {
      compacting = true;
    }
  }
}
