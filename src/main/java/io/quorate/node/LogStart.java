package io.quorate.node;

import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.raft.HardState;
import io.quorate.raft.LogOutline;
import io.quorate.raft.LogSource;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RaftLog;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the log and the store of a member that starts go together. */
final class LogStart {
  /** What the journal confirms when the log begins anew; the core's tickets begin with 1. */
  static final long TICKET = 0;

  /** How a store came to be as it is when a member starts. */
  enum Origin {
    /** This member applied its log to it. */
    APPLIED,
    /** It is as a snapshot brought it, and perhaps ahead of the log. */
    INSTALLED,
    /** It was damaged and is gone, while the log is whole. */
    LOST
  }

  private LogStart() {}

  /** Up to where the store holds the log; a store in quarantine takes the log as it is. */
  static long recoverFrom(RaftActor.Settings settings) {
    return settings.origin() == Origin.LOST ? Long.MAX_VALUE : settings.store().appliedIndex();
  }

  /** The core of a member whose log is as it should be. */
  static RaftCore core(
      JournalActor.Recovered recovered,
      RaftActor.Settings settings,
      LogSource source,
      SeededRandom random) {
    RaftLog log = new RaftLog(source, settings.tailBytesMax());
    log.base(recovered.before());
    log.replay(recovered.entries());
    boolean waits = settings.origin() == Origin.LOST && recovered.members() != null;
    Membership known = recovered.members();
    RaftCore raft =
        new RaftCore(
            settings.config(),
            log,
            committed(recovered, log.last()),
            waits && known != null ? known : settings.store().membership(),
            waits ? recovered.prevIndex() : settings.store().appliedIndex(),
            random);
    if (waits) {
      raft.awaitRepair();
    }
    return raft;
  }

  /**
   * The hard state, with what is known to be committed beyond it: a change of the membership is
   * noted once it is applied. Without that a member that became the only voter by the last entry of
   * its log would wait for those that it has removed.
   */
  private static HardState committed(JournalActor.Recovered recovered, long last) {
    HardState hard = recovered.hardState();
    long noted = Math.min(recovered.membersIndex(), last);
    return new HardState(hard.term(), hard.vote(), Math.max(hard.commit(), noted));
  }

  /**
   * The new beginning that the log needs before anything else: that of a new group, or the one that
   * a crash kept from being written when a snapshot was installed. Null when it needs none.
   *
   * @throws IllegalStateException when the journal lacks entries that the store holds
   */
  static JournalActor.@Nullable Reset reset(
      JournalActor.Recovered log, RaftActor.Settings settings) {
    long last = log.lastIndex();
    long applied = settings.store().appliedIndex();
    boolean other =
        settings.origin() == Origin.INSTALLED
            && log.termAt(applied) != settings.store().appliedTerm();
    if (last >= applied && !other) {
      return null;
    }
    boolean founded = last == 0 && applied == Node.FOUNDING_INDEX;
    if (!founded && settings.origin() != Origin.INSTALLED) {
      throw new IllegalStateException(
          "journal ends at " + last + ", but the store holds entry " + applied);
    }
    HardState known = log.hardState();
    long appliedTerm = settings.store().appliedTerm();
    HardState hard =
        known.term() >= appliedTerm
            ? new HardState(known.term(), known.vote(), applied)
            : new HardState(appliedTerm, HardState.NOBODY, applied);
    return new JournalActor.Reset(
        TICKET, hard, applied, appliedTerm, settings.store().membership());
  }

  /** What is recovered of a log that began anew. */
  static JournalActor.Recovered recovered(JournalActor.Reset reset) {
    return new JournalActor.Recovered(
        reset.hardState(),
        LogOutline.of(reset.prevIndex(), reset.prevTerm()),
        List.of(),
        reset.members(),
        reset.prevIndex());
  }
}
