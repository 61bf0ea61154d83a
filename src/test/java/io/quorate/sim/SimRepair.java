package io.quorate.sim;

import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;

/**
 * How a member whose store is damaged comes by another one, as {@code Integrity} and {@code
 * RaftActor} do it: it asks whoever leads for a snapshot, and takes it without a word to the core
 * where its log holds what follows.
 */
final class SimRepair {
  private static final long ASK_EVERY = Timeline.SECONDS;

  private final SimNode node;
  private final SimNode.World world;

  SimRepair(SimNode node, SimNode.World world) {
    this.node = node;
    this.world = world;
  }

  /** A life of the process begins. */
  void start() {
    if (node.isQuarantined()) {
      node.process().later(ASK_EVERY, this::ask);
    }
  }

  private void ask() {
    if (node.isQuarantined()) {
      node.askMember(node.core().leader(), leader -> leader.repairOther(node.id));
      node.process().later(ASK_EVERY, this::ask);
    }
  }

  /**
   * Whether a snapshot is one to repair the store with; then it is written, which takes a while.
   */
  boolean takes(Message.InstallSnapshot m, Durable.Checkpoint content) {
    SnapshotMeta meta = m.meta();
    if (!node.core().canRewind(meta) || node.core().leader() != m.from()) {
      return false;
    }
    node.process()
        .later(
            node.device().latency(),
            () -> {
              // A snapshot beyond the log may have been taken meanwhile.
              if (node.core().canRewind(meta)) {
                world.tally().count(Fault.REPAIRED_STORE);
                node.repaired(meta, content);
              }
            });
    return true;
  }
}
