package io.quorate.raft;

import io.quorate.base.Check;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * A core with a disk and a state machine that can be stopped at every point: what its {@link Ready}
 * asks for is done only when the test says so.
 */
final class SimMember {
  private final RaftConfig config;
  private final long tailBytesMax;
  private final Consumer<Message> network;
  private final SeededRandom random;

  // What survives a crash.
  private HardState diskHard;
  private long diskBase;
  private long diskBaseTerm;
  private final DiskLog diskLog = new DiskLog();
  private long diskApplied;
  private Membership diskMembership;

  // What does not.
  private RaftCore core;
  private Ready.Persist writing;
  private List<Message> afterWriting = List.of();
  private final Deque<List<Entry>> applying = new ArrayDeque<>();
  private long memoryApplied;
  private boolean up;

  private Consumer<Entry> onApply = e -> {};
  private Consumer<ReadState> onRead = r -> {};

  /** What is being written, or null. */
  Ready.Persist writing() {
    return writing;
  }

  /** What leaves when that is done. */
  List<Message> afterWriting() {
    return afterWriting;
  }

  /** A member whose disk holds nothing but {@code base} and {@code membership} in force there. */
  SimMember(
      RaftConfig config,
      SnapshotMeta base,
      long tailBytesMax,
      SeededRandom random,
      Consumer<Message> network) {
    this.config = config;
    this.tailBytesMax = tailBytesMax;
    this.random = random;
    this.network = network;
    this.diskHard = new HardState(base.term(), HardState.NOBODY, base.index());
    this.diskBase = base.index();
    this.diskBaseTerm = base.term();
    this.diskApplied = base.index();
    this.diskMembership = base.membership();
    restart();
  }

  SimMember onApply(Consumer<Entry> listener) {
    onApply = listener;
    return this;
  }

  SimMember onRead(Consumer<ReadState> listener) {
    onRead = listener;
    return this;
  }

  RaftCore core() {
    return core;
  }

  long id() {
    return config.id();
  }

  boolean isUp() {
    return up;
  }

  boolean isWriting() {
    return writing != null;
  }

  boolean isApplying() {
    return !applying.isEmpty();
  }

  long diskApplied() {
    return diskApplied;
  }

  /** Everything in memory is gone; what was being written is on disk if {@code reached}. */
  void crash(boolean reached) {
    if (up && reached && writing != null) {
      write(writing);
    }
    up = false;
    writing = null;
    afterWriting = List.of();
    applying.clear();
  }

  void restart() {
    RaftLog log = new RaftLog(this::readDisk, tailBytesMax);
    log.base(diskBase, diskBaseTerm);
    log.replay(diskLog.all());
    core = new RaftCore(config, log, diskHard, diskMembership, diskApplied, random);
    memoryApplied = diskApplied;
    up = true;
  }

  /** Takes one Ready: messages leave, the rest is only begun. */
  Ready process() {
    Ready ready = core.ready();
    if (ready.persist() != null) {
      Check.that(writing == null, "two appends at a time");
      writing = ready.persist();
      afterWriting = ready.messagesAfterPersist();
    } else {
      Check.that(ready.messagesAfterPersist().isEmpty(), "nothing to wait for");
    }
    ready.messages().forEach(network);
    if (!ready.committed().isEmpty()) {
      applying.add(ready.committed());
    }
    ready.reads().forEach(onRead);
    return ready;
  }

  /** The disk is done with the one append. */
  void finishWrite() {
    Ready.Persist done = writing;
    write(done);
    writing = null;
    List<Message> released = afterWriting;
    afterWriting = List.of();
    released.forEach(network);
    if (done.snapshot() != null) {
      applying.clear();
      memoryApplied = Math.max(memoryApplied, done.snapshot().index());
    }
    core.persisted(done.ticket());
  }

  /** The state machine is done with the oldest batch. */
  void finishApply() {
    for (Entry entry : applying.remove()) {
      Check.that(
          entry.index() == memoryApplied + 1, "applies %d behind %d", entry.index(), memoryApplied);
      memoryApplied = entry.index();
      onApply.accept(entry);
      if (entry.kind() == Entry.Kind.CONF_CHANGE) {
        core.applyConfChange(entry.index(), ConfChange.decode(entry.data()));
      }
    }
    core.applied(memoryApplied);
  }

  /** The state machine becomes durable as it is. */
  void checkpoint() {
    // While a snapshot is coming in, the membership is ahead of the state machine.
    if (core.log().applied() >= core.log().first() - 1) {
      diskApplied = memoryApplied;
      diskMembership = core.membership();
    }
  }

  /** Discards the log up to {@code index}, which a checkpoint covers. */
  void compact(long index) {
    if (index <= diskBase || writing != null || index > diskApplied) {
      return;
    }
    diskBaseTerm = core.log().term(index);
    diskLog.trim(index);
    diskBase = index;
    core.compact(index);
  }

  private void write(Ready.Persist persist) {
    SnapshotMeta snapshot = persist.snapshot();
    if (snapshot != null) {
      diskLog.clear();
      diskBase = snapshot.index();
      diskBaseTerm = snapshot.term();
      diskApplied = snapshot.index();
      diskMembership = snapshot.membership();
    }
    diskLog.append(persist.entries());
    diskHard = persist.hardState();
  }

  private List<Entry> readDisk(long from, long to, long bytesMax) {
    if (random.chance(200)) {
      return List.of();
    }
    return diskLog.entries(from, to, bytesMax);
  }
}
