package io.quorate.journal;

import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.raft.HardState;
import io.quorate.raft.LogOutline;
import io.quorate.raft.LogSource;
import io.quorate.raft.RaftConfig;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RaftLog;
import io.quorate.raft.SnapshotMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the log and the store of a member that starts go together. */
public final class LogStart {
  /** The entry with which a group is founded: no log holds it, every store begins behind it. */
  public static final long FOUNDING_INDEX = 1;

  /** How a store came to be as it is when a member starts. */
  public enum Origin {
    /** This member applied its log to it. */
    APPLIED,
    /** It is as a snapshot brought it, and perhaps ahead of the log. */
    INSTALLED,
    /** It was damaged and is gone, while the log is whole. */
    LOST
  }

  /**
   * What a member finds in its store.
   *
   * @param origin how it came to be so
   * @param meta the last entry that it holds, and who was a member then
   */
  public record Store(Origin origin, SnapshotMeta meta) {
    /** Up to where it holds the log, as {@link RecoveredLog} takes it. */
    public long holdsUpTo() {
      return origin == Origin.LOST ? RecoveredLog.AS_COMMITTED : meta.index();
    }
  }

  private LogStart() {}

  /**
   * The core of a member whose log is as it should be.
   *
   * @param content what the log holds, see {@link #anew}
   * @param source where its older entries are
   * @param tailBytesMax the most bytes of entries that the core keeps in memory
   */
  public static RaftCore core(
      RaftConfig config,
      LogContent content,
      Store store,
      LogSource source,
      long tailBytesMax,
      SeededRandom random) {
    RaftLog log = new RaftLog(source, tailBytesMax);
    log.base(content.before());
    log.replay(content.entries());
    Membership known = content.members();
    boolean waits = store.origin() == Origin.LOST && known != null;
    RaftCore raft =
        new RaftCore(
            config,
            log,
            committed(content, log.last()),
            waits && known != null ? known : store.meta().membership(),
            waits ? content.prevIndex() : store.meta().index(),
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
  private static HardState committed(LogContent content, long last) {
    HardState hard = content.hardState();
    long noted = Math.min(content.membersIndex(), last);
    return new HardState(hard.term(), hard.vote(), Math.max(hard.commit(), noted));
  }

  /**
   * The log as it is to be written anew before anything else, where it must be: that of a new
   * group, or the one that a crash kept from being written when a snapshot was installed. Null when
   * it need not.
   *
   * @throws IllegalStateException when the journal lacks entries that the store holds, or holds
   *     another one where the store ends: one of the two is not this member's
   */
  public static @Nullable LogContent anew(LogContent log, Store store) {
    long last = log.lastIndex();
    long applied = store.meta().index();
    long logged = log.termAt(applied);
    boolean other = store.origin() == Origin.INSTALLED && logged != store.meta().term();
    if (store.origin() == Origin.APPLIED && logged != 0 && logged != store.meta().term()) {
      throw new IllegalStateException(
          "journal holds entry %d of term %d, but the store one of term %d"
              .formatted(applied, logged, store.meta().term()));
    }
    if (last >= applied && !other) {
      return null;
    }
    boolean founded = last == 0 && applied == FOUNDING_INDEX;
    if (!founded && store.origin() != Origin.INSTALLED) {
      throw new IllegalStateException(
          "journal ends at " + last + ", but the store holds entry " + applied);
    }
    HardState known = log.hardState();
    long appliedTerm = store.meta().term();
    HardState hard =
        known.term() >= appliedTerm
            ? new HardState(known.term(), known.vote(), applied)
            : new HardState(appliedTerm, HardState.NOBODY, applied);
    return new LogContent(
        hard, LogOutline.of(applied, appliedTerm), List.of(), store.meta().membership(), applied);
  }
}
