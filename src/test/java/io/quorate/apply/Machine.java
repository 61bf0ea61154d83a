package io.quorate.apply;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.lmdb.LmdbDisk;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.RangePlan;
import io.quorate.mvcc.StoreHash;
import io.quorate.mvcc.StoreView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** A state machine on a real disk that is given one command after the other. */
final class Machine implements AutoCloseable {
  static final long TTL_MIN_SECONDS = 5;

  private final LmdbDisk disk;
  private final List<String> effects = new ArrayList<>();
  private StateMachine machine;

  Machine(Path dir) {
    disk = new LmdbDisk(dir);
    machine = restored(firstMeta());
  }

  private static StoreMeta firstMeta() {
    Membership one =
        new Membership(
            new TreeSet<>(List.of(1L)), new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), false);
    return new StoreMeta(0, 0, KvStore.FIRST_REVISION, KvStore.NEVER_COMPACTED, 0, one);
  }

  private StateMachine restored(StoreMeta meta) {
    try (DiskView view = disk.open()) {
      return new StateMachine(meta, view, disk.bytes(), TTL_MIN_SECONDS, new Noted());
    }
  }

  /** Applies {@code command} as a batch of its own, through its bytes in the log. */
  StateMachine.Applied apply(Command command) {
    long index = machine.appliedIndex() + 1;
    CommandCodec.Proposal proposal = CommandCodec.decode(CommandCodec.encode(index, command));
    try (DiskView view = disk.open()) {
      machine.begin(view);
      StateMachine.Applied applied = machine.apply(index, 1, proposal);
      machine.end();
      return applied;
    }
  }

  /** Applies a change of the members, after which {@code next} vote. */
  StateMachine.Applied change(MemberChange change, Membership next) {
    try (DiskView view = disk.open()) {
      machine.begin(view);
      StateMachine.Applied applied =
          machine.changeMembers(machine.appliedIndex() + 1, 1, change, next);
      machine.end();
      return applied;
    }
  }

  StateMachine.Applied write(Op op) {
    return apply(new Command.Write(op));
  }

  StateMachine.Applied put(String key, String value, long lease) {
    return write(new Op.Put(Bytes.utf8(key), Bytes.utf8(value), lease, false, false, false));
  }

  StateMachine.Applied delete(String key) {
    return write(new Op.DeleteRange(KeyRange.single(Bytes.utf8(key)), false));
  }

  StateMachine.Applied grant(long id, long ttl) {
    return apply(new Command.LeaseGrant(id, ttl));
  }

  List<String> keysOf(long lease) {
    try (DiskView view = disk.open()) {
      machine.begin(view);
      List<String> keys = machine.keysOfLease(lease).stream().map(Bytes::utf8).toList();
      machine.end();
      return keys;
    }
  }

  OpResult.Range range(Op.Range range) {
    try (DiskView view = disk.open()) {
      return RangePlan.execute(new StoreView(machine.recent(), view), range);
    }
  }

  OpResult.Range all() {
    return range(Op.Range.of(new KeyRange(Bytes.EMPTY, null)));
  }

  StoreHash hash() {
    try (DiskView view = disk.open()) {
      StoreMeta meta = machine.meta();
      StoreView keys = new StoreView(machine.recent(), view);
      return StoreHash.of(keys, meta.compacted(), meta.revision());
    }
  }

  /** Writes a checkpoint and goes on with the same machine. */
  void checkpoint() {
    StoreMeta meta = machine.meta();
    Half half = machine.freeze();
    machine.dropFrozen(disk.store().write(half, meta));
  }

  /** Removes what the last compaction left, after a checkpoint. */
  void removeRows() {
    checkpoint();
    disk.compact(machine.meta().compacted(), Integer.MAX_VALUE);
    machine.setDiskBytes(disk.bytes());
  }

  /** Forgets the machine and takes the last checkpoint's. */
  void restore() {
    disk.reopen();
    machine = restored(disk.store().meta());
  }

  StateMachine state() {
    return machine;
  }

  /** What others learned since the last call. */
  List<String> effects() {
    List<String> noted = List.copyOf(effects);
    effects.clear();
    return noted;
  }

  @Override
  public void close() {
    disk.close();
  }

  private final class Noted implements Effects {
    @Override
    public void leaseGranted(long id, long ttl) {
      effects.add("granted " + id + " for " + ttl);
    }

    @Override
    public void leaseRevoked(long id) {
      effects.add("revoked " + id);
    }

    @Override
    public void leaseCheckpointed(long id, long seconds) {
      effects.add("checkpointed " + id + " at " + seconds);
    }

    @Override
    public void compacted(long previous, long at) {
      effects.add("compacted " + at + " after " + previous);
    }
  }
}
