package io.quorate.node;

import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.lmdb.LmdbStore;
import io.quorate.lmdb.Place;
import io.quorate.lmdb.StoreImport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes snapshots of other members: builds a store beside the present one, chunk by chunk, and
 * gives it to the RaftActor when it is whole. One at a time. Any thread.
 *
 * <p>What a transfer that was cut has brought stays on disk, also through a restart, until a member
 * sends the rest, or until this one has applied so much that it needs no snapshot of then. Where it
 * is not what a sender has, all of it is dropped.
 */
final class SnapshotReceiver {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotReceiver.class);

  private static final long NOTHING = Long.MAX_VALUE;

  private final Node node;
  private final ActorRef<RaftCommand> raft;
  // Whoever has set it may touch what is left on disk of a transfer that was cut.
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile long heldIndex;

  SnapshotReceiver(Node node, ActorRef<RaftCommand> raft) {
    this.node = node;
    this.raft = raft;
    look();
  }

  /** What is left on disk; what cannot be gone on from is dropped. */
  private LmdbStore.@Nullable Held look() {
    LmdbStore disk = node.disk();
    try {
      LmdbStore.Held held = disk.heldImport();
      if (held == null) {
        disk.dropImport();
      }
      heldIndex = held == null ? NOTHING : held.index();
      return held;
    } catch (IOException | RuntimeException e) {
      LOG.warn("what was left of a snapshot cannot be read: it is dropped", e);
      drop();
      return null;
    }
  }

  private void drop() {
    heldIndex = NOTHING;
    try {
      node.disk().dropImport();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says what is left of a transfer that was cut; refuses while another one is under way. */
  CompletionStage<Bytes> held() {
    if (!busy.compareAndSet(false, true)) {
      return CompletableFuture.failedFuture(
          new EtcdException(EtcdError.Code.UNAVAILABLE, "another snapshot is under way"));
    }
    return CompletableFuture.supplyAsync(() -> SnapshotCodec.held(look()), node.readerPool())
        .whenComplete((answer, failure) -> busy.set(false));
  }

  /** Drops what is left of a snapshot of which this member has {@code applied} all by itself. */
  void dropOverdue(long applied) {
    if (applied >= heldIndex && busy.compareAndSet(false, true)) {
      try {
        RelayPool.atLength(this::drop);
      } finally {
        busy.set(false);
      }
    }
  }

  /** Takes a snapshot; the verdict says nothing but that it came whole. */
  CompletionStage<Bytes> receive(Bytes bytes, Source<Bytes, NotUsed> chunks) {
    SnapshotCodec.Header header = SnapshotCodec.Header.decode(bytes);
    if (!busy.compareAndSet(false, true)) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("another snapshot is under way"));
    }
    Incoming incoming = new Incoming(header);
    Pace pace = Pace.of(node.system());
    return chunks
        .mapAsync(1, piece -> pace.run(() -> incoming.take(piece)))
        .withAttributes(ActorAttributes.dispatcher(Dispatchers.READERS_PATH))
        .runWith(Sink.ignore(), node.system())
        .handleAsync((done, failure) -> incoming.end(failure), node.readerPool());
  }

  /** A snapshot on its way. All of it works on files, and is for the reader pool. */
  private final class Incoming {
    private final SnapshotCodec.Header header;
    private final Pieces pieces = new Pieces();
    private @Nullable StoreImport content;
    private boolean whole;
    private boolean ended;
    private @Nullable Exception wrong;

    Incoming(SnapshotCodec.Header header) {
      this.header = header;
    }

    synchronized Bytes take(Bytes piece) {
      Check.that(!ended, "a piece of a snapshot that has ended");
      try {
        StoreImport into = content;
        if (into == null) {
          into = open(header.resumed());
          content = into;
        }
        Bytes chunk = pieces.add(piece);
        if (chunk != null && SnapshotCodec.add(chunk, into) && !isOverdue()) {
          into.finish();
          whole = true;
        }
        return piece;
      } catch (IOException | RuntimeException e) {
        wrong = e;
        throw new IllegalStateException("a piece of a snapshot cannot be taken", e);
      }
    }

    private StoreImport open(Place resumed) throws IOException {
      heldIndex = NOTHING;
      return resumed.equals(Place.START)
          ? node.disk().beginImport()
          : node.disk().resumeImport(resumed);
    }

    /** Whether consensus would drop it as old news: then it is kept for the next leader instead. */
    private boolean isOverdue() {
      return node.status().term() > header.message().term();
    }

    /** No more comes; throws unless the snapshot is whole. */
    synchronized Bytes end(@Nullable Throwable failure) {
      StoreImport found = content;
      ended = true;
      try {
        if (found != null && whole && failure == null) {
          node.integrity().stateArrived();
          raft.tell(new RaftCommand.SnapshotArrived(header.message(), found));
          return Bytes.EMPTY;
        }
        if (found != null) {
          cut(found);
        }
      } finally {
        busy.set(false);
      }
      throw new IllegalStateException("the snapshot did not come whole", failure);
    }

    /** Ended before its end: what it brought is kept, unless that is what is wrong. */
    private void cut(StoreImport found) {
      try {
        if (wrong == null) {
          found.suspend();
          heldIndex = header.message().meta().index();
        } else {
          LOG.warn("a snapshot begins anew: {}", wrong.getMessage());
          found.close();
        }
      } catch (RuntimeException e) {
        LOG.warn("what has come of a snapshot cannot be kept", e);
        found.close();
      }
    }
  }
}
