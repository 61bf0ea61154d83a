package io.quorate.sim;

import io.quorate.raft.RaftCore;

/** When a member writes its state down, and forgets of its log what that holds. */
final class SimCheckpoints {
  private static final int EVERY_MILLIS_MAX = 1_000;
  private static final int WRITES = 4;
  private static final int REMOVAL_MILLIS_MAX = 500;
  private static final int LOG_KEPT_MAX = 40;

  private final SimNode node;
  private final SimNode.World world;

  SimCheckpoints(SimNode node, SimNode.World world) {
    this.node = node;
    this.world = world;
  }

  /** A life of the process begins. */
  void start() {
    node.process()
        .later(
            (1 + world.random().nextInt(EVERY_MILLIS_MAX)) * Timeline.MILLIS,
            () -> {
              write();
              start();
            });
  }

  private void write() {
    // While a snapshot is coming in, the log is ahead of the state machine.
    SimStore store = node.store();
    if (store.isCheckpointing()
        || node.machine().appliedIndex() <= node.disk().meta.appliedIndex()
        || node.core().log().applied() < node.core().log().first() - 1) {
      return;
    }
    SimStore.Frozen frozen = store.freeze();
    node.process()
        .later(
            node.device().latency() * WRITES,
            () -> {
              if (store.write(frozen)) {
                forget(frozen.meta().appliedIndex());
                if (frozen.compacts()) {
                  long removal = world.random().nextInt(REMOVAL_MILLIS_MAX) * Timeline.MILLIS;
                  node.process().later(removal, store::removeRows);
                }
              }
            });
  }

  /** Trims the log, mostly keeping some of it for members that lag a little. */
  private void forget(long checkpoint) {
    RaftCore core = node.core();
    long index = checkpoint - world.random().nextInt(LOG_KEPT_MAX);
    if (index >= core.log().first() && !node.device().isWriting()) {
      node.disk().compactTo(index);
      core.compact(index);
    }
  }
}
