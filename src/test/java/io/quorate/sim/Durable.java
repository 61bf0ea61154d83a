package io.quorate.sim;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.MemoryDisk;
import io.quorate.raft.DiskLog;
import io.quorate.raft.HardState;
import io.quorate.raft.RaftConfig;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RaftLog;
import io.quorate.raft.Ready;
import io.quorate.raft.SnapshotMeta;
import java.util.Set;

/** What a member finds on its disk when it starts: a log, and the rows of its last checkpoint. */
final class Durable {
  /** A checkpoint with its rows, on its way to a member that lags too far. */
  record Checkpoint(StoreMeta meta, MemoryDisk rows) {}

  HardState hard;
  long baseIndex;
  long baseTerm;
  final DiskLog log = new DiskLog();
  StoreMeta meta;
  MemoryDisk rows = new MemoryDisk();
  // The store is marked as damaged: it is empty, and the log says who is a member.
  boolean quarantined;
  private Membership noted;
  private long notedIndex;
  // Up to where rows that a compaction made unreachable are removed.
  long removed = KvStore.NEVER_COMPACTED;

  private Durable(StoreMeta meta) {
    this.meta = meta;
    this.noted = meta.membership();
    this.baseIndex = meta.appliedIndex();
    this.baseTerm = meta.appliedTerm();
    this.hard = new HardState(baseTerm, HardState.NOBODY, baseIndex);
  }

  /** The disk of a founder: its log begins behind entry 1, so that who joins needs a snapshot. */
  static Durable ofFounder(Set<Long> founders) {
    return new Durable(
        new StoreMeta(
            1, 1, KvStore.FIRST_REVISION, KvStore.NEVER_COMPACTED, 0, Membership.of(founders)));
  }

  /** The disk of a member that is to join. */
  static Durable empty() {
    return new Durable(nothing());
  }

  private static StoreMeta nothing() {
    return new StoreMeta(
        0, 0, KvStore.FIRST_REVISION, KvStore.NEVER_COMPACTED, 0, Membership.of(Set.of()));
  }

  void append(Ready.Persist persist) {
    hard = persist.hardState();
    log.append(persist.entries());
  }

  /** Replaces everything by a snapshot that came from another member. */
  void install(SnapshotMeta snapshot, Checkpoint checkpoint) {
    log.clear();
    baseIndex = snapshot.index();
    baseTerm = snapshot.term();
    noted = snapshot.membership();
    notedIndex = snapshot.index();
    repair(checkpoint);
  }

  /** Replaces the store alone. */
  void repair(Checkpoint checkpoint) {
    meta = checkpoint.meta();
    rows = checkpoint.rows().copy();
    removed = meta.compacted();
    quarantined = false;
  }

  /** Drops a damaged store; the log stays. */
  void quarantine() {
    meta = nothing();
    rows = new MemoryDisk();
    removed = meta.compacted();
    quarantined = true;
  }

  /** Notes in the log who is a member once {@code index} is applied. */
  void noteMembers(long index, Membership members) {
    noted = members;
    notedIndex = index;
  }

  /** The core of a member that starts from this, as LogStart makes it. */
  RaftCore core(RaftConfig config, long tailBytesMax, SeededRandom random) {
    RaftLog start = new RaftLog(log, tailBytesMax);
    start.base(baseIndex, baseTerm);
    start.replay(log.all());
    long known = Math.max(hard.commit(), Math.min(notedIndex, start.last()));
    RaftCore core =
        new RaftCore(
            config,
            start,
            new HardState(hard.term(), hard.vote(), known),
            quarantined ? noted : meta.membership(),
            quarantined ? baseIndex : meta.appliedIndex(),
            random);
    if (quarantined) {
      core.awaitRepair();
    }
    return core;
  }

  void checkpoint(Half half, StoreMeta now) {
    rows.write(half, now.revision(), now.compacted());
    meta = now;
  }

  /** Removes the rows that compaction made unreachable; its checkpoint has been written. */
  void removeRows() {
    if (meta.compacted() > removed) {
      rows.compact(meta.compacted(), Integer.MAX_VALUE);
      removed = meta.compacted();
    }
  }

  /** Forgets the log up to {@code index}, which the checkpoint contains. */
  void trim(long index, long term) {
    log.trim(index);
    baseIndex = index;
    baseTerm = term;
  }

  /** What a member that lags is sent. */
  Checkpoint copy() {
    return new Checkpoint(meta, rows.copy());
  }
}
