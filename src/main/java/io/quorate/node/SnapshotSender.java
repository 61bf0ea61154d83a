package io.quorate.node;

import io.quorate.base.Bytes;
import io.quorate.link.MessageCodec;
import io.quorate.link.PeerLinks;
import io.quorate.raft.Message;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends snapshots to members that the log does not reach any more: a checkpoint is forced, and what
 * it holds is read and sent chunk by chunk. One at a time for each member. Any thread.
 */
final class SnapshotSender {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSender.class);

  /** The pause before a snapshot that failed is sent again. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Node node;
  private final ActorRef<RaftCommand> raft;
  private final PeerLinks links;
  private final Set<Long> underWay = ConcurrentHashMap.newKeySet();

  SnapshotSender(Node node, ActorRef<RaftCommand> raft, PeerLinks links) {
    this.node = node;
    this.raft = raft;
    this.links = links;
  }

  /** Sends a snapshot as new as it gets; the RaftActor is told how that ends. */
  void send(Message.InstallSnapshot wanted) {
    long to = wanted.to();
    if (!underWay.add(to)) {
      return;
    }
    // First the hold, then the barrier: else a step of a compaction that has begun before could
    // take rows from between the chunks.
    CompactionHold.Hold hold = SnapshotReader.hold(node.compactionHold());
    node.checkpoint()
        .thenCompose(index -> node.checkpointerBarrier())
        .thenComposeAsync(done -> transfer(wanted, hold), node.readerPool())
        .whenComplete(
            (verdict, failure) -> {
              hold.close();
              if (failure != null) {
                LOG.warn(
                    "a snapshot for member {} failed: {}",
                    Long.toHexString(to),
                    failure.getMessage());
              }
              ended(to, failure == null);
            });
  }

  /** Whoever refuses a snapshot, as one that is busy with another, is not asked again at once. */
  private void ended(long to, boolean arrived) {
    node.system()
        .scheduler()
        .scheduleOnce(
            arrived ? Duration.ZERO : RETRY,
            () -> {
              underWay.remove(to);
              raft.tell(new RaftCommand.SnapshotSent(to, arrived));
            },
            node.system().executionContext());
  }

  private CompletionStage<Bytes> transfer(
      Message.InstallSnapshot wanted, CompactionHold.Hold hold) {
    SnapshotReader reader = new SnapshotReader(node.disk(), hold);
    Message.InstallSnapshot header =
        new Message.InstallSnapshot(
            wanted.from(), wanted.to(), wanted.term(), reader.snapshotMeta());
    raft.tell(new RaftCommand.SnapshotBegun(wanted.to(), header.meta().index()));
    LOG.info(
        "sending a snapshot at entry {} to member {}",
        header.meta().index(),
        Long.toHexString(wanted.to()));
    Source<Bytes, ?> chunks =
        Source.fromIterator(() -> reader)
            .mapConcat(Pieces::cut)
            .withAttributes(ActorAttributes.dispatcher(Dispatchers.READERS_PATH));
    return links.transfer(wanted.to(), MessageCodec.encode(header), chunks);
  }
}
