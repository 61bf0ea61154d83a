package io.quorate.node;

import io.quorate.apply.StateMachine;
import io.quorate.apply.StoreMeta;
import io.quorate.base.Durations;
import io.quorate.journal.FileJournals;
import io.quorate.journal.LogStart;
import io.quorate.lease.Leadership;
import io.quorate.lease.LeaseLimits;
import io.quorate.lmdb.LmdbStore;
import io.quorate.mvcc.DiskView;
import io.quorate.raft.RaftConfig;
import io.quorate.watch.WatchLimits;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The parent of a member's actors. None of them is ever restarted: an actor that fails has met a
 * broken invariant, so the member as a whole stops and is started again from its disk.
 */
final class NodeGuardian {
  /** The guardian takes no messages, only the ends of its children. */
  interface Command {}

  /** The bound of the log in memory, in bytes of entries. */
  /**
   * How many election time-outs a removed member goes on, until the others know of it: of two, the
   * one that stays needs its voice for that, and stands for election after up to two time-outs.
   * etcd waits a second.
   */
  private static final int REMOVED_TIMEOUTS = 3;

  private static final long LOG_TAIL_BYTES_MAX = 16L << 20;

  /** The children that edges talk to. */
  record Refs(
      ActorRef<RaftCommand> raft,
      ActorRef<ApplyActor.Command> apply,
      ActorRef<Checkpointer.Command> checkpointer,
      ActorRef<WatchActor.Command> watches,
      ActorRef<LeaseActor.Command> leases,
      LeasePort leasePort,
      Executor readerPool) {}

  private final ActorContext<Command> context;
  private final Node node;
  private final DiskSpace disk;
  private final CompletableFuture<ActorRef<RaftCommand>> raft = new CompletableFuture<>();
  private final CompletableFuture<ActorRef<ApplyActor.Command>> apply = new CompletableFuture<>();

  private NodeGuardian(ActorContext<Command> context, Node node) {
    this.context = context;
    this.node = node;
    this.disk = new DiskSpace(node.settings().journalDir(), node.settings().storeDir());
  }

  static Behavior<Command> create(Node node, CompletableFuture<Refs> refs) {
    return Behaviors.setup(
        context -> {
          try {
            refs.complete(new NodeGuardian(context, node).spawnAll());
          } catch (RuntimeException e) {
            refs.completeExceptionally(e);
          }
          return Behaviors.receive(Command.class)
              .onSignal(
                  ChildFailed.class,
                  end -> {
                    node.fail(end.getCause());
                    return Behaviors.same();
                  })
              .onSignal(
                  Terminated.class,
                  end -> {
                    node.fail(new IllegalStateException(end.getRef().path().name() + " ended"));
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private Refs spawnAll() {
    LmdbStore disk = node.disk();
    disk.observeCommits(node.metrics()::committed);
    FileJournals.get(Adapter.toClassic(context.getSystem()))
        .observeSyncs(node.metrics()::walSynced);
    StoreMeta meta = node.meta();
    NodeSettings settings = node.settings();
    Executor pool = context.getSystem().dispatchers().lookup(Dispatchers.readers());
    LeaseLimits leaseLimits =
        LeaseLimits.of(settings.timing().electionTicks(), settings.timing().tick().toMillis());
    LeaseBridge leasePort = new LeaseBridge(node, apply);
    long startNanos = System.nanoTime();
    ActorRef<LeaseActor.Command> leases =
        watched(
            context.spawn(
                LeaseActor.create(leaseLimits, leasePort, () -> System.nanoTime() - startNanos),
                "leases"));
    ActorRef<WatchActor.Command> watches =
        watched(context.spawn(watchActor(meta, settings, pool), "watches"));
    ActorRef<Checkpointer.Command> checkpointer =
        watched(
            context.spawn(
                Checkpointer.create(disk, checkpointerPeers(pool)),
                "checkpointer",
                Dispatchers.checkpoint()));
    ActorRef<ApplyActor.Command> applying =
        watched(
            context.spawn(
                ApplyActor.create(
                    effects -> {
                      try (DiskView view = disk.open()) {
                        StateMachine machine =
                            new StateMachine(
                                node.meta(),
                                view,
                                disk.diskBytes(),
                                leaseLimits.minTtlSeconds(),
                                effects);
                        leases.tell(new LeaseActor.Replaced(machine.leases()));
                        return machine;
                      }
                    },
                    new ApplyActor.Peers(
                        disk,
                        node.store(),
                        node.proposals(),
                        new Counted(
                            new Announcer(
                                watches,
                                leases,
                                spawnQuotaKeeper(),
                                node.hashes(),
                                node.integrity().digests()),
                            node.metrics()),
                        node::publish,
                        checkpointer,
                        applied -> raft.join().tell(applied))),
                "apply",
                Dispatchers.group()));
    apply.complete(applying);
    raft.complete(
        watched(
            context.spawn(
                raftActor(meta, settings, applying, leases), "raft", Dispatchers.group())));
    if (settings.space().compaction().isOn()) {
      watched(context.spawn(AutoCompactor.create(node), "auto-compaction"));
    }
    return new Refs(raft.join(), applying, checkpointer, watches, leases, leasePort, pool);
  }

  private ActorRef<QuotaKeeper.Command> spawnQuotaKeeper() {
    // It asks the file system, which may block.
    return watched(context.spawn(QuotaKeeper.create(node, disk), "quota", Dispatchers.readers()));
  }

  private Behavior<WatchActor.Command> watchActor(
      StoreMeta meta, NodeSettings settings, Executor pool) {
    return WatchActor.create(
        new WatchActor.Settings(
            WatchLimits.DEFAULT.withProgressInterval(settings.timing().watchProgress().toNanos()),
            meta.revision(),
            meta.compacted(),
            System::nanoTime,
            bound -> ThreadLocalRandom.current().nextLong(bound)),
        new StoreHistory(node.store(), pool));
  }

  private Checkpointer.Peers checkpointerPeers(Executor pool) {
    return new Checkpointer.Peers(
        node.compactionHold(),
        node.hashes(),
        index -> raft.join().tell(new RaftCommand.Checkpointed(index)),
        (bytes, finished) -> {
          if (finished) {
            node.metrics().compacted();
          }
          apply.join().tell(new ApplyActor.RowsRemoved(bytes, finished));
        },
        bytes -> apply.join().tell(new ApplyActor.CheckpointWritten(bytes)),
        new Checkpointer.Installation() {
          @Override
          public void begins() {
            node.metrics().installing(true);
            node.store().beginReplacing();
          }

          @Override
          public void done() {
            node.metrics().installing(false);
            apply.join().tell(new ApplyActor.StoreReplaced());
          }
        },
        pool);
  }

  private Behavior<RaftCommand> raftActor(
      StoreMeta meta,
      NodeSettings settings,
      ActorRef<ApplyActor.Command> applying,
      ActorRef<LeaseActor.Command> leases) {
    RaftConfig core =
        new RaftConfig(
            settings.self().id(),
            settings.timing().electionTicks(),
            1,
            settings.peers().preVote(),
            RaftConfig.Limits.DEFAULT);
    return RaftActor.create(
        new RaftActor.Settings(
            core,
            settings.timing().tick(),
            new LogStart.Store(origin(), SnapshotReader.metaOf(meta)),
            settings.peers().early(),
            LOG_TAIL_BYTES_MAX,
            ThreadLocalRandom.current().nextLong()),
        new RaftActor.Peers(
            node.inbox(),
            node.proposals(),
            node.reads(),
            applying,
            node.cluster(),
            owner(leadership(settings, leases))));
  }

  private static Leadership leadership(NodeSettings settings, ActorRef<LeaseActor.Command> leases) {
    Duration extend = settings.timing().electionTimeout();
    return new Leadership(
        new Leadership.Listener() {
          @Override
          public void promoted(long term) {
            leases.tell(new LeaseActor.Promoted(term, extend.toNanos()));
          }

          @Override
          public void demoted() {
            leases.tell(new LeaseActor.Demoted());
          }
        });
  }

  private LogStart.Origin origin() {
    if (node.isQuarantined()) {
      return LogStart.Origin.LOST;
    }
    return node.disk().isAsInstalled() ? LogStart.Origin.INSTALLED : LogStart.Origin.APPLIED;
  }

  private RaftOwner owner(Leadership leadership) {
    ActorSystem<Void> system = context.getSystem();
    Duration goesOn = Durations.times(node.settings().timing().electionTimeout(), REMOVED_TIMEOUTS);
    return new RaftOwner() {
      @Override
      public void onStatus(RaftStatus status) {
        node.metrics().leader(status.leader());
        node.publish(status);
        leadership.follow(node.isLeader(), status.term(), status.termBegin(), status.applied());
      }

      @Override
      public void onHeartbeatLate() {
        node.metrics().heartbeatLate();
      }

      @Override
      public void onWithheld() {
        node.cluster().askWhetherFresh();
      }

      @Override
      public void onRepaired() {
        node.integrity().repaired();
      }

      @Override
      public void onRemoved() {
        system
            .scheduler()
            .scheduleOnce(
                goesOn, () -> node.fail(MemberGoneException.removed()), system.executionContext());
      }

      @Override
      public void onFailure(Throwable cause) {
        node.fail(cause);
      }

      @Override
      public long usableBytes() {
        return disk.usableBytes();
      }
    };
  }

  private <T> ActorRef<T> watched(ActorRef<T> child) {
    context.watch(child);
    return child;
  }
}
