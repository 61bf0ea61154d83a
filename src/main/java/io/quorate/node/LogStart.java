package io.quorate.node;

import io.quorate.raft.HardState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the log and the store of a member that starts go together. */
final class LogStart {
  /** What the journal confirms when the log begins anew; the core's tickets begin with 1. */
  static final long TICKET = 0;

  private LogStart() {}

  /**
   * The new beginning that the log needs before anything else: that of a new group, or the one that
   * a crash kept from being written when a snapshot was installed. Null when it needs none.
   *
   * @throws IllegalStateException when the journal lacks entries that the store holds
   */
  static JournalActor.@Nullable Reset reset(
      JournalActor.Recovered log, RaftActor.Settings settings) {
    long last = log.prevIndex() + log.entries().size();
    long applied = settings.store().appliedIndex();
    boolean other = settings.installed() && termAt(applied, log) != settings.store().appliedTerm();
    if (last >= applied && !other) {
      return null;
    }
    boolean founded = last == 0 && applied == Node.FOUNDING_INDEX;
    if (!founded && !settings.installed()) {
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

  /** The term of the entry at {@code index}, or 0 where the log does not say it. */
  private static long termAt(long index, JournalActor.Recovered log) {
    long offset = index - log.prevIndex() - 1;
    if (offset == -1) {
      return log.prevTerm();
    }
    boolean there = offset >= 0 && offset < log.entries().size();
    return there ? log.entries().get((int) offset).term() : 0;
  }

  /** What is recovered of a log that began anew. */
  static JournalActor.Recovered recovered(JournalActor.Reset reset) {
    return new JournalActor.Recovered(
        reset.hardState(),
        reset.prevIndex(),
        reset.prevTerm(),
        List.of(),
        reset.members(),
        reset.prevIndex());
  }
}
