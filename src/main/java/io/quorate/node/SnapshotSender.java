package io.quorate.node;

import io.quorate.base.Bytes;
import io.quorate.link.PeerLinks;
import io.quorate.raft.Message;
import io.quorate.raft.RoleKind;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends snapshots to members that the log does not reach any more: the member is asked what it has
 * of one that was cut, whoever sent that; a checkpoint is forced, and what it holds beyond that is
 * read and sent chunk by chunk. One at a time for each member. Any thread.
 */
final class SnapshotSender {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSender.class);

  /** The pause before a snapshot that failed is sent again. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** How long a member may take to say what it has. */
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

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
    // Whoever does not answer is sent nothing: what it has would be lost by a new beginning.
    node.cluster()
        .ask(to, Questions.Kind.HELD, Bytes.EMPTY, ANSWER_WITHIN)
        .thenCompose(answer -> SnapshotReader.open(node, SnapshotCodec.lastHeld(answer)))
        .thenCompose(reader -> transfer(wanted, reader))
        .whenComplete(
            (verdict, failure) -> {
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

  private CompletionStage<Bytes> transfer(Message.InstallSnapshot wanted, SnapshotReader reader) {
    Message.InstallSnapshot message =
        new Message.InstallSnapshot(
            wanted.from(), wanted.to(), wanted.term(), reader.snapshotMeta());
    long index = message.meta().index();
    raft.tell(new RaftCommand.SnapshotBegun(wanted.to(), index));
    String to = Long.toHexString(wanted.to());
    LOG.info("sending a snapshot at entry {} to member {} from {} on", index, to, reader.resumed());
    Source<Bytes, ?> chunks =
        Source.unfoldAsync(Pace.of(node.system()), pace -> next(reader, pace, wanted.term()))
            .mapConcat(Pieces::cut)
            .withAttributes(ActorAttributes.dispatcher(Dispatchers.READERS_PATH));
    Bytes header = new SnapshotCodec.Header(reader.resumed(), message).encode();
    return links
        .transfer(wanted.to(), header, chunks)
        .whenComplete(
            (verdict, failure) -> {
              reader.close();
              LOG.info("sent {} rows of a snapshot to member {}", reader.rowsSent(), to);
            });
  }

  private CompletionStage<Optional<Pair<Pace, Bytes>>> next(
      SnapshotReader reader, Pace pace, long term) {
    if (!reader.hasNext()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    RaftStatus status = node.status();
    if (status.term() > term || (status.term() == term && status.role() != RoleKind.LEADER)) {
      // The member would drop all of it as old news. So it keeps what has come, and the next
      // leader goes on from there.
      throw new IllegalStateException("this member does not lead term " + term + " any more");
    }
    return pace.run(() -> Optional.of(Pair.create(pace, reader.next())));
  }
}
