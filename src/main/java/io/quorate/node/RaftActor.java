package io.quorate.node;

import io.quorate.base.Durations;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.journal.FetchedEntries;
import io.quorate.journal.FileJournals;
import io.quorate.journal.LogContent;
import io.quorate.journal.LogStart;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.Message;
import io.quorate.raft.RaftConfig;
import io.quorate.raft.RaftCore;
import io.quorate.raft.ReadState;
import io.quorate.raft.Ready;
import io.quorate.raft.RoleKind;
import io.quorate.raft.SnapshotMeta;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shell round {@link RaftCore}: turns messages into calls of the core and what the core wants
 * into messages. It neither writes the journal nor applies, so that neither can hold a heartbeat
 * up: another thread of the pool runs this one meanwhile.
 */
final class RaftActor extends AbstractBehavior<RaftCommand> {
  /**
   * What the actor is made of.
   *
   * @param config the core's settings
   * @param tick how long a tick is
   * @param store what the member finds in its store
   * @param early whether an election need not wait for a time-out while nobody leads
   * @param tailBytesMax the bound of the log in memory
   * @param seed where election timeouts come from
   */
  record Settings(
      RaftConfig config,
      Duration tick,
      LogStart.Store store,
      boolean early,
      long tailBytesMax,
      long seed) {}

  /**
   * Who works with the actor.
   *
   * @param inbox what edges ask for
   * @param proposals who waits for proposals
   * @param reads who waits for reads
   * @param apply takes committed entries
   * @param peering the way to the other members
   * @param owner is told what the member should know
   */
  record Peers(
      RaftInbox inbox,
      Proposals proposals,
      ReadQueue reads,
      ActorRef<ApplyActor.Command> apply,
      Peering peering,
      RaftOwner owner) {}

  private static final Logger LOG = LoggerFactory.getLogger(RaftActor.class);

  /** The Raft group of keyspace 0. */
  private static final int GROUP = 0;

  /** What the journal confirms when the log begins anew; the core's tickets begin with 1. */
  private static final long START_TICKET = 0;

  private final Settings settings;
  private final Peers peers;
  private final org.apache.pekko.actor.ActorRef journal;
  private final FetchedEntries source;
  private final TimerScheduler<RaftCommand> timers;
  private final SeededRandom random;
  private final Stalls stalls;
  private final EarlyElection early;
  private final Intake intake;
  private final SnapshotInstall snapshots;
  private final LogRetention retention;
  private @Nullable LogContent beginning;
  private @Nullable RaftCore core;
  private List<Message> afterPersist = List.of();
  private long handedToApply;
  private boolean member;
  private final StatusKeeper status;
  private long applied;

  private RaftActor(
      ActorContext<RaftCommand> context,
      TimerScheduler<RaftCommand> timers,
      Settings settings,
      Peers peers) {
    super(context);
    this.settings = settings;
    this.peers = peers;
    this.timers = timers;
    this.random = new SeededRandom(settings.seed());
    this.early = new EarlyElection(settings.tick(), random);
    this.retention = new LogRetention(peers.owner()::usableBytes);
    Executor pool = context.getSystem().dispatchers().lookup(Dispatchers.readers());
    this.snapshots = new SnapshotInstall(peers.apply(), pool);
    this.status = new StatusKeeper(peers.owner());
    this.intake = new Intake(peers);
    this.applied = settings.store().meta().index();
    this.handedToApply = applied;
    Duration timeout = Durations.times(settings.tick(), settings.config().electionTicks());
    this.stalls = new Stalls(timeout.toNanos(), System.nanoTime());
    ActorRef<JournalActor.Notice> notices =
        context.messageAdapter(JournalActor.Notice.class, RaftCommand.FromJournal::new);
    this.journal =
        Adapter.actorOf(
            context,
            JournalActor.props(
                new JournalActor.Settings(
                    GROUP, settings.store().holdsUpTo(), settings.tailBytesMax()),
                notices),
            "journal");
    ActorRef<RaftCommand> self = context.getSelf();
    org.apache.pekko.actor.ActorSystem system = Adapter.toClassic(context.getSystem());
    this.source =
        new FetchedEntries(
            () -> FileJournals.get(system).reader(JournalActor.pluginId(system), GROUP),
            pool,
            () -> self.tell(RaftCommand.Signal.ENTRIES_FETCHED),
            peers.owner()::onFailure);
    timers.startTimerWithFixedDelay(RaftCommand.Signal.TICK, settings.tick());
    peers.inbox().connect(() -> self.tell(RaftCommand.Signal.DRAIN));
  }

  static Behavior<RaftCommand> create(Settings settings, Peers peers) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new RaftActor(context, timers, settings, peers)));
  }

  @Override
  public Receive<RaftCommand> createReceive() {
    return newReceiveBuilder()
        .onMessage(RaftCommand.Signal.class, this::onSignal)
        .onMessage(RaftCommand.Admit.class, this::onAdmit)
        .onMessage(RaftCommand.FromJournal.class, this::onJournal)
        .onMessage(RaftCommand.Applied.class, this::onApplied)
        .onMessage(RaftCommand.Received.class, this::onReceived)
        .onMessage(RaftCommand.LinkUp.class, this::onLinkUp)
        .onMessage(RaftCommand.LinkDown.class, this::onLinkDown)
        .onMessage(RaftCommand.AskProgress.class, this::onAskProgress)
        .onMessage(RaftCommand.Transfer.class, this::onTransfer)
        .onMessage(RaftCommand.Checkpointed.class, this::onCheckpointed)
        .onMessage(RaftCommand.SnapshotArrived.class, this::onSnapshotArrived)
        .onMessage(RaftCommand.Installed.class, this::onInstalled)
        .onMessage(RaftCommand.SnapshotBegun.class, this::onSnapshotBegun)
        .onMessage(RaftCommand.SnapshotSent.class, this::onSnapshotSent)
        .onSignal(PostStop.class, stop -> onStop())
        .build();
  }

  private Behavior<RaftCommand> onSignal(RaftCommand.Signal signal) {
    RaftCore raft = core;
    if (raft == null) {
      return this;
    }
    switch (signal) {
      case DRAIN -> intake.drain(raft);
      case TICK -> tick(raft);
      case CAMPAIGN -> {
        if (raft.leader() == HardState.NOBODY) {
          raft.campaign();
          campaignAfter(early.again());
        }
      }
      case ENTRIES_FETCHED -> {}
    }
    return pump(raft);
  }

  private Behavior<RaftCommand> onAdmit(RaftCommand.Admit admit) {
    RaftCore raft = core;
    if (raft == null) {
      return this;
    }
    raft.admit(admit.heard());
    campaignAfter(early.delay(raft));
    return pump(raft);
  }

  private void tick(RaftCore raft) {
    raft.tick();
    long now = System.nanoTime();
    String late = stalls.tick(now);
    status.stalled(late != null);
    if (raft.roleKind() == RoleKind.LEADER && stalls.isTickLate(settings.tick().toNanos())) {
      peers.owner().onHeartbeatLate();
    }
    if (late != null && raft.resign()) {
      LOG.warn("handing leadership over: the {} stalls", late);
    }
    intake.tick(raft, now);
  }

  private Behavior<RaftCommand> onJournal(RaftCommand.FromJournal message) {
    if (message.notice() instanceof JournalActor.Recovered recovered) {
      return start(recovered.log());
    }
    if (message.notice() instanceof JournalActor.Persisted persisted) {
      return onPersisted(persisted.ticket());
    }
    if (message.notice() instanceof JournalActor.Failed failed) {
      peers.owner().onFailure(failed.cause());
      return Behaviors.stopped();
    }
    return this;
  }

  private Behavior<RaftCommand> onPersisted(long ticket) {
    RaftCore raft = core;
    if (raft != null && ticket != START_TICKET) {
      stalls.written();
      List<Message> messages = afterPersist;
      afterPersist = List.of();
      peers.peering().send(messages);
      raft.persisted(ticket);
      return pump(raft);
    }
    LogContent begun = beginning;
    beginning = null;
    return begun == null ? this : begin(begun);
  }

  private Behavior<RaftCommand> start(LogContent found) {
    LogContent anew;
    try {
      anew = LogStart.anew(found, settings.store());
    } catch (IllegalStateException e) {
      peers.owner().onFailure(e);
      return Behaviors.stopped();
    }
    if (anew == null) {
      return begin(found);
    }
    beginning = anew;
    tellJournal(new JournalActor.Reset(START_TICKET, anew.hardState(), settings.store().meta()));
    return this;
  }

  private Behavior<RaftCommand> begin(LogContent log) {
    RaftCore raft =
        LogStart.core(
            settings.config(), log, settings.store(), source, settings.tailBytesMax(), random);
    core = raft;
    member = raft.membership().contains(raft.id());
    if (Freshness.mustAsk(raft)) {
      raft.withhold();
      peers.owner().onWithheld();
    }
    if (raft.membership().voters().size() == 1) {
      // Nobody else can lead: the first election need not wait for a timeout.
      raft.campaign();
    } else if (settings.early()) {
      campaignAfter(early.delay(raft));
    }
    intake.drain(raft);
    return pump(raft);
  }

  private Behavior<RaftCommand> onApplied(RaftCommand.Applied message) {
    RaftCore raft = core;
    if (raft == null) {
      return this;
    }
    for (RaftCommand.Changed changed : message.changes()) {
      Membership next = raft.applyConfChange(changed.index(), changed.change());
      tellJournal(new JournalActor.NoteMembers(changed.index(), next));
      noteMembership(next);
    }
    applied = message.index();
    snapshots.dropUpTo(applied);
    stalls.applied(applied >= handedToApply, System.nanoTime());
    raft.applied(applied);
    peers.reads().applied(applied);
    return pump(raft);
  }

  /** Whoever was a member and is none any more has been removed; who never was waits to be one. */
  private void noteMembership(Membership next) {
    boolean stays = next.contains(settings.config().id());
    if (member && !stays) {
      peers.owner().onRemoved();
    }
    member = stays;
  }

  // ---- the other members

  private Behavior<RaftCommand> onReceived(RaftCommand.Received received) {
    RaftCore raft = core;
    if (raft == null) {
      return this;
    }
    raft.step(received.message());
    return pump(raft);
  }

  private Behavior<RaftCommand> onLinkUp(RaftCommand.LinkUp up) {
    early.up(up.member());
    RaftCore raft = core;
    if (raft != null) {
      intake.linkUp(raft, up.member());
      campaignAfter(settings.early() ? early.delay(raft) : null);
    }
    return this;
  }

  private Behavior<RaftCommand> onLinkDown(RaftCommand.LinkDown down) {
    RaftCore raft = core;
    if (raft == null) {
      return this;
    }
    raft.reportUnreachable(down.member());
    campaignAfter(early.down(down.member(), down.refused(), raft));
    return pump(raft);
  }

  private void campaignAfter(@Nullable Duration delay) {
    if (delay != null) {
      timers.startSingleTimer(RaftCommand.Signal.CAMPAIGN, delay);
    }
  }

  private Behavior<RaftCommand> onAskProgress(RaftCommand.AskProgress ask) {
    RaftCore raft = core;
    ask.percent().complete(raft == null ? -1 : MemberChanges.percentOf(ask.member(), raft));
    return this;
  }

  private Behavior<RaftCommand> onTransfer(RaftCommand.Transfer transfer) {
    RaftCore raft = core;
    return raft == null || !raft.transferLeadership(transfer.target()) ? this : pump(raft);
  }

  private Behavior<RaftCommand> onCheckpointed(RaftCommand.Checkpointed message) {
    RaftCore raft = core;
    if (raft != null && !snapshots.isInstalling()) {
      boolean alone = raft.membership().equals(Membership.of(Set.of(raft.id())));
      long to = retention.checkpointed(message.index(), alone, raft.progress());
      if (to > 0) {
        raft.compact(to);
        tellJournal(new JournalActor.CompactTo(to));
      }
    }
    return this;
  }

  // ---- snapshots

  private Behavior<RaftCommand> onSnapshotArrived(RaftCommand.SnapshotArrived message) {
    RaftCore raft = core;
    SnapshotMeta meta = message.message().meta();
    snapshots.arrived(meta.index(), message.content());
    if (raft == null) {
      return this;
    }
    if (raft.canRewind(meta) && raft.leader() == message.message().from()) {
      snapshots.repair(meta);
      return this;
    }
    raft.step(message.message());
    if (raft.log().commit() < meta.index()) {
      // Of a leader that leads no more.
      snapshots.drop(meta.index());
    }
    return pump(raft);
  }

  private Behavior<RaftCommand> onInstalled(RaftCommand.Installed message) {
    RaftCore raft = core;
    if (raft == null) {
      return this;
    }
    applied = message.index();
    handedToApply = applied;
    stalls.applied(true, System.nanoTime());
    SnapshotMeta rewound = snapshots.repaired();
    if (rewound == null) {
      writeInstalled(snapshots.installed(message.index()), message);
    } else if (raft.canRewind(rewound)) {
      // Else a snapshot beyond the log was taken meanwhile, and is installed next.
      raft.rewind(rewound);
    }
    if (settings.store().origin() == LogStart.Origin.LOST) {
      peers.owner().onRepaired();
    }
    noteMembership(raft.membership());
    peers.reads().applied(applied);
    return pump(raft);
  }

  private void writeInstalled(Ready.Persist persist, RaftCommand.Installed message) {
    boolean last = persist.entries().isEmpty();
    tellJournal(SnapshotInstall.reset(persist, last ? persist.ticket() : START_TICKET));
    if (!last) {
      append(persist, message.index() + 1);
    }
  }

  private Behavior<RaftCommand> onSnapshotBegun(RaftCommand.SnapshotBegun message) {
    retention.snapshotBegun(message.member(), message.index());
    return this;
  }

  private Behavior<RaftCommand> onSnapshotSent(RaftCommand.SnapshotSent message) {
    retention.snapshotEnded(message.member(), message.arrived());
    RaftCore raft = core;
    if (raft == null) {
      return this;
    }
    raft.reportSnapshot(message.member(), message.arrived());
    return pump(raft);
  }

  private Behavior<RaftCommand> onStop() {
    peers.proposals().stop();
    peers.reads().stop();
    snapshots.dropUpTo(Long.MAX_VALUE);
    return this;
  }

  /** Does what the core wants done. */
  private Behavior<RaftCommand> pump(RaftCore raft) {
    intake.askReads(raft, applied);
    Ready ready = raft.ready();
    while (!ready.isEmpty()) {
      perform(raft, ready);
      ready = raft.ready();
    }
    status.tell(raft, applied);
    return this;
  }

  private void perform(RaftCore raft, Ready ready) {
    if (!ready.messages().isEmpty()) {
      peers.peering().send(ready.messages());
    }
    Ready.Persist persist = ready.persist();
    if (persist != null) {
      SnapshotMeta snapshot = persist.snapshot();
      if (snapshot != null) {
        snapshots.install(persist, snapshot);
      } else {
        append(persist, raft.log().last() + 1);
      }
      afterPersist = ready.messagesAfterPersist();
      stalls.writing(System.nanoTime());
    }
    List<Entry> committed = ready.committed();
    if (!committed.isEmpty()) {
      handedToApply = committed.get(committed.size() - 1).index();
      stalls.applying(System.nanoTime());
      peers.apply().tell(new ApplyActor.Committed(committed));
    }
    for (ReadState read : ready.reads()) {
      peers.reads().confirmed(read.context(), read.index(), applied);
    }
    if (ready.softState() != null) {
      status.roleChanged(raft, ready.softState());
      intake.roleChanged(raft);
    }
  }

  /** {@code nextIndex} follows the log, where nothing is appended. */
  private void append(Ready.Persist persist, long nextIndex) {
    List<Entry> entries = persist.entries();
    long first = entries.isEmpty() ? nextIndex : entries.get(0).index();
    for (Entry entry : entries) {
      retention.appended(entry.sizeBytes());
    }
    tellJournal(new JournalActor.Append(persist.ticket(), persist.hardState(), first, entries));
  }

  /** What it answers comes through the adapter that it was made with. */
  private void tellJournal(JournalActor.Request request) {
    journal.tell(request, org.apache.pekko.actor.ActorRef.noSender());
  }
}
