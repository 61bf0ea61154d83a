package io.quorate.node;

import io.quorate.apply.StoreMeta;
import io.quorate.base.EtcdError;
import io.quorate.lmdb.LmdbStore;
import io.quorate.lmdb.StoreImport;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.StoreHash;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * The only writer of the store on disk, with a thread of its own: checkpoints, and between them
 * compaction, a bounded step at a time, and the last part of a defragmentation.
 */
public final class Checkpointer extends AbstractBehavior<Checkpointer.Command> {
  /** What the actor takes. */
  public sealed interface Command {}

  /** Write a frozen half and what the checkpoint says of itself. */
  record Write(Half half, StoreMeta meta) implements Command {}

  /** Remove what compaction at {@code at} made unreachable; its checkpoint has been written. */
  record Compact(long previous, long at) implements Command {}

  /** Copy the store into a smaller generation and go on with that one. */
  record Defragment(CompletableFuture<Done> done) implements Command {}

  /** Replace the store by another; the answer goes to whoever applies. */
  record Install(StoreImport content) implements Command {}

  /** Completes when everything that was asked for before has been done. */
  record Barrier(CompletableFuture<Done> done) implements Command {}

  private record Copied(@Nullable Path copy, @Nullable Throwable failure) implements Command {}

  private enum Signal implements Command {
    COMPACT_STEP
  }

  /** Says that a request was carried out. */
  public enum Done {
    /** The one value. */
    DONE
  }

  /**
   * Who works with the actor.
   *
   * @param hold the reads that hold compaction back
   * @param hashes where the hash at a compaction is kept
   * @param onWritten is told the applied index of each checkpoint
   * @param onRemoved is told of each step of a compaction
   * @param onHalfWritten is told the same after a checkpoint
   * @param installation is told when the store is replaced
   * @param copies where copies for a defragmentation run
   */
  record Peers(
      CompactionHold hold,
      HashCache hashes,
      LongConsumer onWritten,
      Removal onRemoved,
      LongConsumer onHalfWritten,
      Installation installation,
      Executor copies) {}

  /** Who follows the replacing of the store. */
  interface Installation {
    /** The store is replaced right after this. */
    void begins();

    /** The store was replaced. */
    void done();
  }

  /** Who follows compaction. */
  interface Removal {
    /**
     * A step is done; rows on disk now count {@code diskBytes}; the last one is {@code finished}.
     */
    void removed(long diskBytes, boolean finished);
  }

  /** Revisions that one step of compaction looks at. */
  private static final int COMPACT_ROWS_MAX = 5_000;

  /** The pause between two steps, so that compaction takes at most about half of the disk. */
  private static final Duration COMPACT_PAUSE = Duration.ofMillis(10);

  /** The pause before a step that reads hold back is tried again. */
  private static final Duration HELD_PAUSE = Duration.ofMillis(100);

  /** Above so many bytes of rows the hash at a compaction is not taken. */
  private static final long HASH_BYTES_MAX = 1L << 30;

  private final LmdbStore store;
  private final Peers peers;
  private final TimerScheduler<Command> timers;
  private @Nullable Compact compaction;
  private @Nullable CompletableFuture<Done> defragmenting;
  private @Nullable Install waiting;

  private Checkpointer(
      ActorContext<Command> context, TimerScheduler<Command> timers, LmdbStore store, Peers peers) {
    super(context);
    this.timers = timers;
    this.store = store;
    this.peers = peers;
    resumeCompaction();
  }

  static Behavior<Command> create(LmdbStore store, Peers peers) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new Checkpointer(context, timers, store, peers)));
  }

  /** Completes when {@code checkpointer} has done all that it was asked for before. */
  static CompletionStage<Done> barrier(ActorRef<Command> checkpointer) {
    CompletableFuture<Done> done = new CompletableFuture<>();
    checkpointer.tell(new Barrier(done));
    return done;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Write.class, this::onWrite)
        .onMessage(Compact.class, this::onCompact)
        .onMessage(Defragment.class, this::onDefragment)
        .onMessage(Copied.class, this::onCopied)
        .onMessage(Install.class, this::onInstall)
        .onMessage(Barrier.class, this::onBarrier)
        .onMessage(Signal.class, step -> onStep())
        .build();
  }

  private void resumeCompaction() {
    StoreMeta meta = store.meta();
    long finished = store.progress().finished();
    if (meta != null && meta.compacted() > finished) {
      // A crash came between; the hash of before can no longer be told.
      compaction = new Compact(finished, meta.compacted());
      peers.hashes().begin(meta.compacted());
      scheduleStep(COMPACT_PAUSE);
    }
  }

  private Behavior<Command> onWrite(Write write) {
    long diskBytes = store.write(write.half(), write.meta());
    peers.onHalfWritten().accept(diskBytes);
    peers.onWritten().accept(write.meta().appliedIndex());
    return this;
  }

  private Behavior<Command> onCompact(Compact request) {
    boolean whole = compaction == null;
    if (whole && store.diskBytes() <= HASH_BYTES_MAX) {
      try (DiskView view = store.open()) {
        peers.hashes().add(StoreHash.of(view, request.previous(), request.at()));
      }
    }
    compaction = request;
    return onStep();
  }

  private Behavior<Command> onStep() {
    Compact now = compaction;
    if (now == null || defragmenting != null) {
      return this;
    }
    if (!peers.hold().mayRemove(now.at())) {
      scheduleStep(HELD_PAUSE);
      return this;
    }
    boolean finished = store.compact(now.at(), COMPACT_ROWS_MAX);
    if (finished) {
      compaction = null;
      peers.hashes().finished(now.at());
    } else {
      scheduleStep(COMPACT_PAUSE);
    }
    peers.onRemoved().removed(store.diskBytes(), finished);
    return this;
  }

  private void scheduleStep(Duration pause) {
    timers.startSingleTimer(Signal.COMPACT_STEP, pause);
  }

  private Behavior<Command> onDefragment(Defragment request) {
    if (defragmenting != null) {
      request.done().completeExceptionally(EtcdError.REQUEST_TOO_MANY_REQUESTS.exception());
      return this;
    }
    defragmenting = request.done();
    CompletableFuture<Path> copy = new CompletableFuture<>();
    peers
        .copies()
        .execute(
            () -> {
              try {
                copy.complete(store.copyCompacted());
              } catch (IOException | RuntimeException e) {
                copy.completeExceptionally(e);
              }
            });
    getContext().pipeToSelf(copy, Copied::new);
    return this;
  }

  private Behavior<Command> onBarrier(Barrier barrier) {
    barrier.done().complete(Done.DONE);
    return this;
  }

  private Behavior<Command> onInstall(Install install) throws IOException {
    if (defragmenting != null) {
      // A copy of what is replaced is on its way; it names the next generation.
      waiting = install;
      return this;
    }
    peers.installation().begins();
    peers.hold().breakAll();
    store.install(install.content());
    // Those that came meanwhile have seen the old store.
    peers.hold().breakAll();
    timers.cancel(Signal.COMPACT_STEP);
    compaction = null;
    resumeCompaction();
    StoreMeta meta = store.meta();
    if (compaction == null && meta != null) {
      // Whoever waits for the rows of a compaction that was overtaken waits no more.
      peers.hashes().finished(Math.max(0, meta.compacted()));
    }
    peers.installation().done();
    return this;
  }

  private Behavior<Command> onCopied(Copied copied) throws IOException {
    CompletableFuture<Done> asked = defragmenting;
    defragmenting = null;
    if (asked == null) {
      return this;
    }
    Install install = waiting;
    if (install != null) {
      waiting = null;
      asked.completeExceptionally(new IOException("the store was replaced by a snapshot"));
      return onInstall(install);
    }
    Path copy = copied.copy();
    if (copy == null) {
      getContext().getLog().warn("defragmentation failed: {}", String.valueOf(copied.failure()));
      asked.completeExceptionally(
          copied.failure() == null ? new IOException("no copy") : copied.failure());
    } else {
      store.finish(copy);
      asked.complete(Done.DONE);
    }
    return onStep();
  }
}
