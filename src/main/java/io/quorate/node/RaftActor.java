package io.quorate.node;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.journal.FileJournals;
import io.quorate.journal.LogReader;
import io.quorate.raft.ConfChange;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.ProposeResult;
import io.quorate.raft.RaftConfig;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RaftLog;
import io.quorate.raft.ReadState;
import io.quorate.raft.Ready;
import io.quorate.raft.SoftState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
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

/**
 * The shell round {@link RaftCore}: turns messages into calls of the core and what the core wants
 * into messages. It neither writes the journal nor applies, so that neither can hold a heartbeat
 * up: there is a thread for each of the three.
 */
public final class RaftActor extends AbstractBehavior<RaftActor.Command> {
  /** What the actor takes. */
  public sealed interface Command {}

  private enum Signal implements Command {
    DRAIN,
    TICK,
    ENTRIES_FETCHED
  }

  private record FromJournal(JournalActor.Notice notice) implements Command {}

  /** Everything up to {@code index} is applied and visible to reads. */
  record Applied(long index) implements Command {}

  /** A synced checkpoint holds everything up to {@code index}. */
  record Checkpointed(long index) implements Command {}

  /**
   * What the actor is made of.
   *
   * @param config the core's settings
   * @param tick how long a tick is
   * @param membership the membership at {@code appliedIndex}
   * @param appliedIndex what the store holds
   * @param tailBytesMax the bound of the log in memory
   * @param seed where election timeouts come from
   */
  record Settings(
      RaftConfig config,
      Duration tick,
      Membership membership,
      long appliedIndex,
      long tailBytesMax,
      long seed) {}

  /**
   * Who works with the actor.
   *
   * @param inbox what edges ask for
   * @param proposals who waits for proposals
   * @param reads who waits for reads
   * @param apply takes committed entries
   * @param onStatus is told when anything of the status changes
   * @param onFailure is told when the log cannot be relied on any more
   */
  record Peers(
      RaftInbox inbox,
      Proposals proposals,
      ReadQueue reads,
      ActorRef<ApplyActor.Command> apply,
      Consumer<RaftStatus> onStatus,
      Consumer<Throwable> onFailure) {}

  /** Proposals handed to the core at once. */
  private static final int PROPOSALS_MAX = 4_096;

  /** The Raft group of keyspace 0. */
  private static final int GROUP = 0;

  private final Settings settings;
  private final Peers peers;
  private final org.apache.pekko.actor.ActorRef journal;
  private final FetchedEntries source;
  private final Deque<Entry> confChanges = new ArrayDeque<>();
  private @Nullable RaftCore core;
  private RaftStatus status = RaftStatus.NONE;
  private long applied;

  private RaftActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Settings settings,
      Peers peers) {
    super(context);
    this.settings = settings;
    this.peers = peers;
    this.applied = settings.appliedIndex();
    ActorRef<JournalActor.Notice> notices =
        context.messageAdapter(JournalActor.Notice.class, FromJournal::new);
    this.journal =
        Adapter.actorOf(
            context,
            JournalActor.props(
                new JournalActor.Settings(GROUP, settings.appliedIndex(), settings.tailBytesMax()),
                notices),
            "journal");
    ActorRef<Command> self = context.getSelf();
    this.source =
        new FetchedEntries(
            () -> reader(Adapter.toClassic(context.getSystem())),
            context.getSystem().dispatchers().lookup(Dispatchers.readers()),
            () -> self.tell(Signal.ENTRIES_FETCHED),
            peers.onFailure());
    timers.startTimerWithFixedDelay(Signal.TICK, settings.tick());
    peers.inbox().connect(() -> self.tell(Signal.DRAIN));
  }

  private static @Nullable LogReader reader(org.apache.pekko.actor.ActorSystem system) {
    return FileJournals.get(system).reader(JournalActor.pluginId(system), GROUP);
  }

  static Behavior<Command> create(Settings settings, Peers peers) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new RaftActor(context, timers, settings, peers)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Signal.class, this::onSignal)
        .onMessage(FromJournal.class, this::onJournal)
        .onMessage(Applied.class, this::onApplied)
        .onMessage(Checkpointed.class, this::onCheckpointed)
        .onSignal(PostStop.class, stop -> onStop())
        .build();
  }

  private Behavior<Command> onSignal(Signal signal) {
    RaftCore raft = core;
    if (raft == null) {
      return this;
    }
    switch (signal) {
      case DRAIN -> drain(raft);
      case TICK -> {
        raft.tick();
        long now = System.nanoTime();
        peers.proposals().expire(now);
        peers.reads().expire(now);
      }
      case ENTRIES_FETCHED -> {}
    }
    return pump(raft);
  }

  private void drain(RaftCore raft) {
    peers.inbox().awake();
    List<RaftInbox.Proposal> proposals = peers.inbox().take(PROPOSALS_MAX);
    if (!proposals.isEmpty()) {
      List<Bytes> payloads = new ArrayList<>(proposals.size());
      proposals.forEach(proposal -> payloads.add(proposal.data()));
      ProposeResult result = raft.propose(payloads);
      if (!result.accepted()) {
        proposals.forEach(proposal -> refuse(proposal.id(), result));
      }
      if (proposals.size() == PROPOSALS_MAX) {
        peers.inbox().wake();
      }
    }
  }

  private void refuse(long id, ProposeResult result) {
    EtcdError error =
        switch (result) {
          case TOO_MANY_BYTES -> EtcdError.REQUEST_TOO_MANY_REQUESTS;
          case TRANSFERRING -> EtcdError.LEADER_CHANGED;
          default -> EtcdError.NO_LEADER;
        };
    peers.proposals().refused(id, error.exception());
  }

  private Behavior<Command> onJournal(FromJournal message) {
    if (message.notice() instanceof JournalActor.Recovered recovered) {
      return start(recovered);
    }
    if (message.notice() instanceof JournalActor.Persisted persisted && core != null) {
      core.persisted(persisted.ticket());
      return pump(core);
    }
    if (message.notice() instanceof JournalActor.Failed failed) {
      peers.onFailure().accept(failed.cause());
      return Behaviors.stopped();
    }
    return this;
  }

  private Behavior<Command> start(JournalActor.Recovered recovered) {
    RaftLog log = new RaftLog(source, settings.tailBytesMax());
    boolean behindStore =
        recovered.prevIndex() + recovered.entries().size() < settings.appliedIndex();
    if (behindStore) {
      peers
          .onFailure()
          .accept(
              new IllegalStateException(
                  "journal ends at "
                      + (recovered.prevIndex() + recovered.entries().size())
                      + ", but the store holds entry "
                      + settings.appliedIndex()));
      return Behaviors.stopped();
    }
    log.base(recovered.prevIndex(), recovered.prevTerm());
    log.replay(recovered.entries());
    RaftCore raft =
        new RaftCore(
            settings.config(),
            log,
            recovered.hardState(),
            settings.membership(),
            settings.appliedIndex(),
            new SeededRandom(settings.seed()));
    core = raft;
    if (settings.membership().voters().size() == 1) {
      // Nobody else can lead: the first election need not wait for a timeout.
      raft.campaign();
    }
    drain(raft);
    return pump(raft);
  }

  private Behavior<Command> onApplied(Applied message) {
    RaftCore raft = core;
    if (raft == null) {
      return this;
    }
    while (!confChanges.isEmpty() && confChanges.element().index() <= message.index()) {
      Entry entry = confChanges.remove();
      Membership next = raft.applyConfChange(entry.index(), ConfChange.decode(entry.data()));
      tellJournal(new JournalActor.NoteMembers(entry.index(), next));
    }
    applied = message.index();
    raft.applied(applied);
    peers.reads().applied(applied);
    return pump(raft);
  }

  private Behavior<Command> onCheckpointed(Checkpointed message) {
    RaftCore raft = core;
    if (raft != null) {
      raft.compact(message.index());
      tellJournal(new JournalActor.CompactTo(message.index()));
    }
    return this;
  }

  private Behavior<Command> onStop() {
    peers.proposals().stop();
    peers.reads().stop();
    return this;
  }

  /** Does what the core wants done. */
  private Behavior<Command> pump(RaftCore raft) {
    long context = peers.reads().nextRound();
    if (context != 0 && !raft.readIndex(context)) {
      // No leader: asked again when the role changes, refused when it takes too long.
      getContext().getLog().debug("read round {} finds no leader", context);
    }
    Ready ready = raft.ready();
    while (!ready.isEmpty()) {
      perform(raft, ready);
      ready = raft.ready();
    }
    tellStatus(raft);
    return this;
  }

  private void tellStatus(RaftCore raft) {
    RaftStatus now =
        new RaftStatus(raft.roleKind(), raft.leader(), raft.term(), raft.log().commit(), applied);
    if (!now.equals(status)) {
      status = now;
      peers.onStatus().accept(now);
    }
  }

  private void perform(RaftCore raft, Ready ready) {
    Ready.Persist persist = ready.persist();
    if (persist != null) {
      List<Entry> entries = persist.entries();
      long first = entries.isEmpty() ? raft.log().last() + 1 : entries.get(0).index();
      tellJournal(new JournalActor.Append(persist.ticket(), persist.hardState(), first, entries));
    }
    if (!ready.committed().isEmpty()) {
      for (Entry entry : ready.committed()) {
        if (entry.kind() == Entry.Kind.CONF_CHANGE) {
          confChanges.add(entry);
        }
      }
      peers.apply().tell(new ApplyActor.Committed(ready.committed()));
    }
    for (ReadState read : ready.reads()) {
      peers.reads().confirmed(read.context(), read.index(), applied);
    }
    if (ready.softState() != null) {
      becomes(raft, ready.softState());
    }
  }

  /** What it answers comes through the adapter that it was made with. */
  private void tellJournal(JournalActor.Request request) {
    journal.tell(request, org.apache.pekko.actor.ActorRef.noSender());
  }

  private void becomes(RaftCore raft, SoftState state) {
    getContext()
        .getLog()
        .info(
            "member {} is {} of term {}, leader {}",
            Long.toHexString(raft.id()),
            state.role(),
            state.term(),
            state.leader() == HardState.NOBODY ? "unknown" : Long.toHexString(state.leader()));
    long unanswered = peers.reads().unanswered();
    if (unanswered != 0) {
      raft.readIndex(unanswered);
    }
  }
}
