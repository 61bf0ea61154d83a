package io.quorate.node;

import com.typesafe.config.Config;
import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.apply.CommandCodec;
import io.quorate.apply.Member;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.base.Membership;
import io.quorate.journal.LogStart;
import io.quorate.lmdb.CorruptStoreException;
import io.quorate.lmdb.LmdbStore;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.StoreHash;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.RoleKind;
import java.io.IOException;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * A member as its edges see it. All methods are safe from any thread and none blocks but {@link
 * #start}.
 */
public final class Node implements MemberFacts {
  private final NodeSettings settings;
  private final LmdbStore disk;
  private final ActorSystem<NodeGuardian.Command> system;
  private final StoreReader reader;
  private final Proposals proposals;
  private final ReadQueue reads;
  private final RaftInbox inbox;
  private final HashCache hashes;
  private final CompactionHold hold = new CompactionHold(System::nanoTime, CompactionHold.HOLD_MAX);
  private volatile Published published;
  private volatile RaftStatus status = RaftStatus.NONE;
  private volatile boolean learner;
  private final List<Member> known;
  private final CompletableFuture<NodeGuardian.Refs> refs;
  private final NodeCluster cluster = new NodeCluster(this);
  private final Integrity integrity;
  private final NodeMetrics metrics;
  private final CompletableFuture<Throwable> failed = new CompletableFuture<>();

  private Node(NodeSettings settings, ActorSystemSetup setup) throws IOException {
    this.settings = settings;
    OpenedStore opened = OpenedStore.open(settings);
    Quarantine mark = opened.mark();
    this.integrity = new Integrity(this, mark != null);
    this.known = mark != null ? mark.roster().members() : settings.cluster().members();
    this.disk = opened.disk();
    if (disk.meta() == null) {
      found();
    }
    StoreMeta meta = meta();
    this.reader =
        new StoreReader(
            disk, new KvStore(meta.revision(), meta.compacted(), 0).recent(), this::fail);
    long timeoutNanos = settings.requestTimeout().toNanos();
    this.inbox = new RaftInbox();
    this.proposals =
        new Proposals(
            settings.self().id(),
            System.currentTimeMillis(),
            timeoutNanos,
            Proposals.bytesMaxOfHeap(),
            inbox::put);
    this.hashes = new HashCache();
    this.published = new Published(known, List.of(), List.of(), List.of(), 0, meta.appliedIndex());
    this.refs = new CompletableFuture<>();
    DeferredExecutor executor = new DeferredExecutor();
    this.reads =
        new ReadQueue(executor, timeoutNanos, 1 + (ThreadLocalRandom.current().nextLong() >>> 2));
    this.metrics = new NodeMetrics(proposals, reads);
    this.system = ActorSystem.create(NodeGuardian.create(this, refs), "quorate", setup);
    executor.set(system.executionContext());
    refs.join();
    try {
      cluster.open(refs.join().raft());
    } catch (IOException e) {
      stop().toCompletableFuture().join();
      throw e;
    }
  }

  /**
   * Opens the data and starts the member; it is not ready then. Blocks while the store is opened.
   *
   * @throws IOException when the data cannot be opened
   */
  public static Node start(NodeSettings settings, Config overrides) throws IOException {
    return new Node(settings, NodeConfig.of(settings.journalDir(), overrides));
  }

  /** The term of the entry at {@link LogStart#FOUNDING_INDEX}. */
  static final long FOUNDING_TERM = 1;

  private void found() {
    boolean empty = settings.cluster().joins() || isQuarantined();
    List<Member> founders = empty ? List.of() : settings.cluster().members();
    if (founders.isEmpty()) {
      // Whoever joins has nothing, not even a membership: all of it comes by a snapshot.
      disk.write(
          StateMachine.founding(founders),
          new StoreMeta(
              0,
              0,
              KvStore.FIRST_REVISION,
              KvStore.NEVER_COMPACTED,
              0,
              Membership.of(new TreeSet<>())));
      return;
    }
    TreeSet<Long> voters = new TreeSet<>();
    for (Member founder : founders) {
      voters.add(founder.id());
    }
    disk.write(
        StateMachine.founding(founders),
        new StoreMeta(
            LogStart.FOUNDING_INDEX,
            FOUNDING_TERM,
            KvStore.FIRST_REVISION,
            KvStore.NEVER_COMPACTED,
            0,
            Membership.of(voters)));
  }

  StoreMeta meta() {
    StoreMeta meta = disk.meta();
    if (meta == null) {
      throw new IllegalStateException("a store that was founded says nothing of itself");
    }
    return meta;
  }

  NodeSettings settings() {
    return settings;
  }

  LmdbStore disk() {
    return disk;
  }

  Proposals proposals() {
    return proposals;
  }

  ReadQueue reads() {
    return reads;
  }

  RaftInbox inbox() {
    return inbox;
  }

  HashCache hashes() {
    return hashes;
  }

  void publish(Published next) {
    boolean joining = next.members().isEmpty();
    // Whoever joins knows nobody but those it was told of, until it has a state.
    published = joining ? next.withMembers(known) : next;
    learner = published.members().stream().anyMatch(m -> m.id() == memberId() && m.learner());
    cluster.follow(published.members());
  }

  void publish(RaftStatus next) {
    status = next;
  }

  /** The member cannot go on. */
  void fail(Throwable cause) {
    String damage = CorruptStoreException.reason(cause);
    if (damage == null) {
      failed.complete(cause);
    } else {
      integrity.damaged(damage);
    }
  }

  /** Whether the store is damaged, so that nothing of it may be answered. */
  public boolean isQuarantined() {
    return integrity.isQuarantined();
  }

  /** What it counts within. */
  public NodeMetrics metrics() {
    return metrics;
  }

  Integrity integrity() {
    return integrity;
  }

  /** Completes with the reason when the member cannot go on; the process should end. */
  public CompletionStage<Throwable> failed() {
    return failed;
  }

  /** The actor system, for the edges' own streams. */
  public ActorSystem<?> system() {
    return system;
  }

  /** Where reads begin. */
  public StoreReader store() {
    return reader;
  }

  /** How reads in several steps keep the rows they need. */
  public CompactionHold compactionHold() {
    return hold;
  }

  /** Where long reads run: a bounded pool that may block. */
  public Executor readerPool() {
    return refs.join().readerPool();
  }

  /** The owner of the watches. */
  public ActorRef<WatchActor.Command> watches() {
    return refs.join().watches();
  }

  /** The owner of the leases' times. */
  public ActorRef<LeaseActor.Command> leases() {
    return refs.join().leases();
  }

  /** What leases need of this member. */
  public LeasePort leasePort() {
    return refs.join().leasePort();
  }

  /** The small part of the state, as of the last batch. */
  public Published published() {
    return published;
  }

  /** What is known of the Raft group. */
  public RaftStatus status() {
    return status;
  }

  @Override
  public long clusterId() {
    return settings.cluster().id();
  }

  @Override
  public long memberId() {
    return settings.self().id();
  }

  @Override
  public long term() {
    return status.term();
  }

  @Override
  public long revision() {
    return reader.revision();
  }

  /** Whether this member leads, as of a moment ago. */
  public boolean isLeader() {
    return status.role() == RoleKind.LEADER && status.leader() == memberId();
  }

  /** Whether this member has no vote yet. */
  public boolean isLearner() {
    return learner;
  }

  @Override
  public boolean hasLeader() {
    return status.leader() != HardState.NOBODY;
  }

  /** Whether clients are served here, as of a moment ago. */
  public boolean isServing() {
    return hasLeader() && status.condition() != RaftStatus.Condition.STALLED && !isQuarantined();
  }

  /** Proposes {@code command}; done when it is applied here and visible to reads. */
  public void propose(Command command, Completion<Answer> completion) {
    long id = proposals.newId();
    propose(RaftInbox.Proposal.command(id, CommandCodec.encode(id, command)), completion);
  }

  /** Proposes what was given an id by {@link #proposals}; done when it is applied here. */
  void propose(RaftInbox.Proposal proposal, Completion<Answer> completion) {
    if (proposals.add(proposal, completion, System.nanoTime())) {
      inbox.put(proposal);
    } else {
      completion.refused(EtcdError.REQUEST_TOO_MANY_REQUESTS.exception());
    }
  }

  /**
   * Proposes what only the leader of {@code term} can know, as that a lease has expired: refused
   * with "not leader" unless this member leads that term. What a deposed leader decided must not
   * come into the log of its successor, be it the same member in a later term.
   */
  CompletionStage<Answer> proposeAsLeader(Command command, long term) {
    CompletableFuture<Answer> future = new CompletableFuture<>();
    RaftStatus known = status;
    if (known.role() != RoleKind.LEADER || known.term() != term) {
      future.completeExceptionally(EtcdError.NOT_LEADER.exception());
    } else {
      long id = proposals.newId();
      Bytes data = CommandCodec.encode(id, command);
      propose(new RaftInbox.Proposal(id, Entry.Kind.NORMAL, data, term), toFuture(future));
    }
    return future;
  }

  /** {@link #propose(Command, Completion)} as a stage. */
  public CompletionStage<Answer> propose(Command command) {
    CompletableFuture<Answer> future = new CompletableFuture<>();
    propose(command, toFuture(future));
    return future;
  }

  /** What it does with the other members. */
  public NodeCluster cluster() {
    return cluster;
  }

  ActorRef<RaftCommand> raft() {
    return refs.join().raft();
  }

  /** Done when a read on this member would be linearizable (ReadIndex); perhaps at once. */
  public void linearize(Completion<Confirmed> completion) {
    if (reads.isAtOnce() && reader.isCurrent()) {
      completion.done(Confirmed.NOW);
    } else if (reads.add(completion, System.nanoTime())) {
      inbox.wake();
    } else {
      completion.refused(EtcdError.REQUEST_TOO_MANY_REQUESTS.exception());
    }
  }

  /** {@link #linearize(Completion)} as a stage. */
  public CompletionStage<Confirmed> linearize() {
    CompletableFuture<Confirmed> future = new CompletableFuture<>();
    linearize(toFuture(future));
    return future;
  }

  static <T> Completion<T> toFuture(CompletableFuture<T> future) {
    return new Completion<>() {
      @Override
      public void done(T result) {
        future.complete(result);
      }

      @Override
      public void refused(EtcdException refusal) {
        future.completeExceptionally(refusal);
      }
    };
  }

  /** Whether {@code bytes} more fit into the space quota. */
  public boolean hasRoomFor(long bytes) {
    long quota = settings.space().quotaBytes();
    return quota < 0 || published.countedBytes() + bytes < quota;
  }

  /** The bytes of the store's file that are in use or kept for reuse. */
  public long fileBytes() {
    return disk.fileBytes();
  }

  /** The space quota in bytes, negative for none. */
  public long quotaBytes() {
    return settings.space().quotaBytes();
  }

  /** Completes when all that is applied now is on disk. */
  public CompletionStage<Long> checkpoint() {
    CompletableFuture<Long> done = new CompletableFuture<>();
    refs.join().apply().tell(new ApplyActor.ForceCheckpoint(done));
    return done;
  }

  ActorRef<Checkpointer.Command> checkpointer() {
    return refs.join().checkpointer();
  }

  /** Makes the store's file small; completes when the smaller one is in use. */
  public CompletionStage<Checkpointer.Done> defragment() {
    // Rows that a compaction has yet to remove would leave holes in the smaller file.
    return metrics.defragmenting(
        checkpoint()
            .thenCompose(index -> hashes.settled())
            .thenCompose(
                settled -> {
                  CompletableFuture<Checkpointer.Done> done = new CompletableFuture<>();
                  checkpointer().tell(new Checkpointer.Defragment(done));
                  return done;
                }));
  }

  /** Completes when no compaction has rows left to remove. */
  public CompletionStage<Long> compactionSettled() {
    return hashes.settled();
  }

  /**
   * The hash of all revisions up to {@code revision}, 0 for the newest; computed on the reader
   * pool.
   */
  public CompletionStage<StoreHash> hash(long revision) {
    return metrics.hashing(
        revision > 0,
        hashes
            .settled()
            .thenApplyAsync(
                settled -> {
                  StoreHash cached = revision > 0 ? hashes.find(revision) : null;
                  return cached != null
                      ? cached
                      : reader.read(
                          view -> {
                            io.quorate.mvcc.RangePlan.check(view, revision);
                            long at = revision > 0 ? revision : view.revision();
                            return StoreHash.of(view, view.compacted(), at);
                          });
                },
                readerPool()));
  }

  /** Writes a compacted copy of the newest checkpoint; the caller deletes the directory. */
  public CompletionStage<java.nio.file.Path> copyStore() {
    return checkpoint()
        .thenApplyAsync(
            index -> {
              try {
                return disk.copyAside();
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            },
            readerPool());
  }

  /** Stops everything; completes when the store is closed. What is on disk is whole anyway. */
  public CompletionStage<Void> stop() {
    return cluster.close().thenCompose(closed -> kill());
  }

  /**
   * {@link #stop} without taking leave of the others: as they would see it end with its process.
   */
  public CompletionStage<Void> kill() {
    proposals.stop();
    system.terminate();
    return system
        .getWhenTerminated()
        .thenRun(
            () -> {
              reads.stop();
              disk.close();
            });
  }

  /** Runs tasks on an executor that is known a little later than this. */
  private static final class DeferredExecutor implements Executor {
    private final CompletableFuture<Executor> target = new CompletableFuture<>();

    void set(Executor executor) {
      target.complete(executor);
    }

    @Override
    public void execute(Runnable task) {
      target.join().execute(task);
    }
  }
}
