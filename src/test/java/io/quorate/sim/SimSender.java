package io.quorate.sim;

import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;

/** How a member's messages leave, and its snapshots beside them. */
final class SimSender {
  private final SimNode node;
  private final SimNode.World world;

  SimSender(SimNode node, SimNode.World world) {
    this.node = node;
    this.world = world;
  }

  /** Sends {@code m}; with a snapshot goes the checkpoint of {@code disk}. */
  void send(Message m, Durable disk) {
    if (!(m instanceof Message.InstallSnapshot wanted)) {
      world.network().send(coarse(m));
      return;
    }
    // The newest checkpoint goes; the log still holds all that follows it.
    Durable.Checkpoint content = disk.copy();
    SnapshotMeta meta =
        new SnapshotMeta(
            content.meta().appliedIndex(),
            content.meta().appliedTerm(),
            content.meta().membership());
    world
        .network()
        .sendBulk(
            new Message.InstallSnapshot(m.from(), m.to(), m.term(), meta),
            content,
            arrived -> {
              if (!arrived) {
                world.tally().count(Fault.LOST_SNAPSHOT);
              }
              node.process().run(() -> node.core().reportSnapshot(wanted.to(), arrived));
            });
  }

  /** How far a refusal helps is the follower's choice: another version may know less. */
  private Message coarse(Message m) {
    if (m instanceof Message.AppendReply refusal
        && !refusal.granted()
        && refusal.hintIndex() > node.core().log().commit()
        && world.climate().coarseHints) {
      world.tally().count(Fault.COARSE_HINT);
      long hint = node.core().log().commit();
      return new Message.AppendReply(
          node.id,
          refusal.to(),
          refusal.term(),
          refusal.index(),
          false,
          hint,
          node.core().log().term(hint));
    }
    return m;
  }
}
