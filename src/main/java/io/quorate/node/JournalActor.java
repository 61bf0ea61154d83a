package io.quorate.node;

import io.quorate.base.Membership;
import io.quorate.journal.EventCodec;
import io.quorate.journal.FileJournals;
import io.quorate.journal.LogContent;
import io.quorate.journal.LogEvent;
import io.quorate.journal.RecoveredLog;
import io.quorate.journal.ReplayGate;
import io.quorate.journal.SegmentedLog;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.SnapshotMeta;
import java.util.List;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Props;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.AbstractPersistentActor;
import org.apache.pekko.persistence.DeleteMessagesFailure;
import org.apache.pekko.persistence.DeleteMessagesSuccess;
import org.apache.pekko.persistence.Recovery;
import org.apache.pekko.persistence.RecoveryCompleted;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;

/**
 * Makes the log of one Raft group durable. One write is in flight; whatever arrives meanwhile goes
 * into the next one, which is one record and one sync: the group commit. The receiver hears exactly
 * one {@link Recovered} or {@link Failed} first, then a {@link Persisted} for each ticket in the
 * order of the requests. After {@link Failed} the actor is gone, and what was not confirmed may or
 * may not be durable.
 *
 * <p>It recovers without snapshots of Pekko Persistence: they would hide entries that the store
 * does not hold yet.
 */
public final class JournalActor extends AbstractPersistentActor {
  /** What the actor takes. */
  public sealed interface Request {}

  /**
   * Replace the log at and above {@code firstIndex} by {@code entries}; without entries only the
   * hard state is written.
   *
   * @param ticket comes back in {@link Persisted}
   * @param hardState the whole hard state
   * @param firstIndex the index of the first entry, at least 1
   * @param entries consecutive in index; not changed afterwards
   */
  public record Append(long ticket, HardState hardState, long firstIndex, List<Entry> entries)
      implements Request {}

  /**
   * Replace the whole log by a snapshot: it goes on behind it.
   *
   * @param ticket comes back in {@link Persisted}
   * @param hardState the whole hard state
   * @param snapshot where the log begins
   */
  public record Reset(long ticket, HardState hardState, SnapshotMeta snapshot) implements Request {}

  /**
   * Note the membership that holds once the entry at {@code index} is applied. Not confirmed.
   *
   * @param index the index of the entry that changed it
   * @param members the new membership
   */
  public record NoteMembers(long index, Membership members) implements Request {}

  /**
   * A synced checkpoint holds everything up to {@code index}: delete whole segments of entries at
   * and below it, and never accept an end of the journal below what is durable now. Not confirmed.
   *
   * @param index the index that the checkpoint contains
   */
  public record CompactTo(long index) implements Request {}

  /** What the receiver is told. */
  public sealed interface Notice {}

  /**
   * The log was read.
   *
   * @param log what it holds
   */
  public record Recovered(LogContent log) implements Notice {}

  /**
   * The request with {@code ticket} and all before it are on the device.
   *
   * @param ticket that of the request
   */
  public record Persisted(long ticket) implements Notice {}

  /**
   * The journal cannot be read or written; the actor stops.
   *
   * @param cause why
   */
  public record Failed(Throwable cause) implements Notice {}

  /**
   * Which log, and how it is recovered.
   *
   * @param group the Raft group
   * @param appliedIndex the index up to which the store holds the log, or {@link
   *     RecoveredLog#AS_COMMITTED}
   * @param tailBytesMax the most bytes of entries that are recovered; older ones are left to the
   *     journal's reader
   */
  public record Settings(int group, long appliedIndex, long tailBytesMax) {}

  /** An alias, so that who uses the journal decides which threads wait for its writes. */
  public static final String DISPATCHER = "quorate.journal.actor-dispatcher";

  private static final Logger LOG = LoggerFactory.getLogger(JournalActor.class);

  private static final String PLUGIN_SETTING = "quorate.log-plugin";
  private static final String NO_SNAPSHOTS = "pekko.persistence.no-snapshot-store";
  private static final int REPLAY_KIB_MAX = 16 << 10;

  private final Settings settings;
  private final ActorRef<? super Notice> receiver;
  private final ReplayGate gate = new ReplayGate(REPLAY_KIB_MAX);
  private @Nullable RecoveredLog recovered;
  private long deletedTo;

  private JournalActor(Settings settings, ActorRef<? super Notice> receiver) {
    this.settings = settings;
    this.receiver = receiver;
    this.recovered = new RecoveredLog(settings.appliedIndex(), settings.tailBytesMax());
    FileJournals.get(getContext().getSystem()).putGate(persistenceId(), gate);
  }

  /** How to start the actor, where nobody waits for its writes; {@code receiver} is told. */
  public static Props props(Settings settings, ActorRef<? super Notice> receiver) {
    return Props.create(JournalActor.class, () -> new JournalActor(settings, receiver))
        .withDispatcher(DISPATCHER);
  }

  /** The section of the journal plugin that {@code system} uses for the log. */
  public static String pluginId(ActorSystem system) {
    return system.settings().config().getString(PLUGIN_SETTING);
  }

  @Override
  public String persistenceId() {
    return LogEvent.persistenceId(settings.group());
  }

  @Override
  public String journalPluginId() {
    // Called by the constructor of the superclass, before any field of this one is set.
    return pluginId(getContext().getSystem());
  }

  @Override
  public String snapshotPluginId() {
    return NO_SNAPSHOTS;
  }

  @Override
  public Recovery recovery() {
    return Recovery.create(SnapshotSelectionCriteria.none());
  }

  @Override
  public Receive createReceiveRecover() {
    return receiveBuilder()
        .match(LogEvent.class, this::replay)
        .match(RecoveryCompleted.class, completed -> finishRecovery())
        .build();
  }

  @Override
  public Receive createReceive() {
    return receiveBuilder()
        .match(Append.class, this::append)
        .match(Reset.class, this::reset)
        .match(NoteMembers.class, this::noteMembers)
        .match(CompactTo.class, this::compactTo)
        .match(DeleteMessagesSuccess.class, success -> {})
        .match(DeleteMessagesFailure.class, this::warnOfDeletion)
        .build();
  }

  @Override
  public void postStop() throws Exception {
    FileJournals.get(getContext().getSystem()).removeGate(persistenceId(), gate);
    super.postStop();
  }

  @Override
  public void onPersistFailure(Throwable cause, Object event, long sequenceNr) {
    fail(cause);
  }

  @Override
  public void onPersistRejected(Throwable cause, Object event, long sequenceNr) {
    fail(cause);
    getContext().stop(getSelf());
  }

  @Override
  public void onRecoveryFailure(Throwable cause, Option<Object> event) {
    fail(cause);
  }

  private void fail(Throwable cause) {
    LOG.error("journal of group {} failed: {}", settings.group(), cause.toString());
    receiver.tell(new Failed(cause));
  }

  private void replay(LogEvent event) {
    gate.leave(EventCodec.sizeOf(event));
    recovering().apply(event);
  }

  private void finishRecovery() {
    receiver.tell(new Recovered(recovering().content()));
    recovered = null;
    FileJournals.get(getContext().getSystem()).removeGate(persistenceId(), gate);
  }

  private RecoveredLog recovering() {
    if (recovered == null) {
      throw new IllegalStateException("the log is recovered already");
    }
    return recovered;
  }

  private void append(Append request) {
    write(
        new LogEvent.EntriesAppended(
            settings.group(), request.hardState(), request.firstIndex(), request.entries()),
        new Persisted(request.ticket()));
  }

  private void reset(Reset request) {
    write(
        new LogEvent.LogReset(
            settings.group(),
            request.hardState(),
            request.snapshot().index(),
            request.snapshot().term(),
            request.snapshot().index(),
            request.snapshot().membership()),
        new Persisted(request.ticket()));
  }

  private void noteMembers(NoteMembers request) {
    write(new LogEvent.MembersChanged(settings.group(), request.index(), request.members()), null);
  }

  private void write(LogEvent event, @Nullable Notice confirmation) {
    persistAllAsync(
        List.of(event),
        durable -> {
          if (confirmation != null) {
            receiver.tell(confirmation);
          }
        });
  }

  private void compactTo(CompactTo request) {
    SegmentedLog log = FileJournals.get(getContext().getSystem()).log(journalPluginId());
    if (log == null) {
      LOG.warn("journal {} is none of files: it is not compacted", journalPluginId());
      return;
    }
    log.noteSynced();
    long sequenceNr = log.deletableTo(persistenceId(), request.index());
    if (sequenceNr > deletedTo) {
      deletedTo = sequenceNr;
      deleteMessages(sequenceNr);
    }
  }

  private void warnOfDeletion(DeleteMessagesFailure failure) {
    LOG.warn(
        "journal of group {} cannot delete up to {}: {}",
        settings.group(),
        failure.toSequenceNr(),
        failure.cause().toString());
  }
}
