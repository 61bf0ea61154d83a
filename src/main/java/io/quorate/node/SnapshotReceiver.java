package io.quorate.node;

import io.quorate.base.Bytes;
import io.quorate.link.MessageCodec;
import io.quorate.lmdb.StoreImport;
import io.quorate.raft.Message;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;

/**
 * Takes snapshots of other members: builds a store beside the present one, chunk by chunk, and
 * gives it to the RaftActor when it is whole. One at a time. Any thread.
 */
final class SnapshotReceiver {
  private final Node node;
  private final ActorRef<RaftCommand> raft;
  private final AtomicBoolean busy = new AtomicBoolean();

  SnapshotReceiver(Node node, ActorRef<RaftCommand> raft) {
    this.node = node;
    this.raft = raft;
  }

  /** Takes a snapshot; the verdict says nothing but that it came whole. */
  CompletionStage<Bytes> receive(Bytes header, Source<Bytes, NotUsed> chunks) {
    if (!(MessageCodec.decode(header) instanceof Message.InstallSnapshot message)) {
      return CompletableFuture.failedFuture(new IllegalArgumentException("no snapshot"));
    }
    if (!busy.compareAndSet(false, true)) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("another snapshot is under way"));
    }
    StoreImport content;
    try {
      content = node.disk().beginImport();
    } catch (IOException | RuntimeException e) {
      busy.set(false);
      return CompletableFuture.failedFuture(e);
    }
    AtomicBoolean whole = new AtomicBoolean();
    Pieces pieces = new Pieces();
    return chunks
        .map(
            piece -> {
              Bytes chunk = pieces.add(piece);
              if (chunk != null && SnapshotCodec.add(chunk, content)) {
                content.finish();
                whole.set(true);
              }
              return piece;
            })
        .withAttributes(ActorAttributes.dispatcher(Dispatchers.READERS_PATH))
        .runWith(Sink.ignore(), node.system())
        .handle(
            (done, failure) -> {
              busy.set(false);
              if (failure != null || !whole.get()) {
                content.close();
                throw new IllegalStateException("the snapshot did not come whole", failure);
              }
              raft.tell(new RaftCommand.SnapshotArrived(message, content));
              return Bytes.EMPTY;
            });
  }
}
