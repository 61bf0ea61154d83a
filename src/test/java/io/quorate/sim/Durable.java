package io.quorate.sim;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.journal.CorruptJournalException;
import io.quorate.journal.LogContent;
import io.quorate.journal.LogEvent;
import io.quorate.journal.LogStart;
import io.quorate.journal.SimJournal;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.MemoryDisk;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogSource;
import io.quorate.raft.RaftConfig;
import io.quorate.raft.RaftCore;
import io.quorate.raft.Ready;
import io.quorate.raft.SnapshotMeta;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a member finds on its disk when it starts: a log, and the rows of its last checkpoint. */
final class Durable {
  private static final int GROUP = 0;

  /** A checkpoint with its rows, on its way to a member that lags too far. */
  record Checkpoint(StoreMeta meta, MemoryDisk rows) {}

  final SimJournal journal;
  StoreMeta meta;
  MemoryDisk rows = new MemoryDisk();
  // The store is marked as damaged: it is empty, and the log says who is a member.
  boolean quarantined;
  // Up to where rows that a compaction made unreachable are removed.
  long removed = KvStore.NEVER_COMPACTED;
  // What is noted of the membership and not yet written.
  private final List<LogEvent> notes = new ArrayList<>();
  // Of the snapshot that was installed last, the mark that LmdbStore keeps.
  private long installedIndex;

  private Durable(StoreMeta meta, SeededRandom random) {
    this.meta = meta;
    this.journal = new SimJournal(random);
  }

  /** The disk of a founder: its log begins behind entry 1, so that who joins needs a snapshot. */
  static Durable ofFounder(Set<Long> founders, SeededRandom random) {
    return new Durable(
        new StoreMeta(
            LogStart.FOUNDING_INDEX,
            1,
            KvStore.FIRST_REVISION,
            KvStore.NEVER_COMPACTED,
            0,
            Membership.of(founders)),
        random);
  }

  /** The disk of a member that is to join. */
  static Durable empty(SeededRandom random) {
    return new Durable(nothing(), random);
  }

  private static StoreMeta nothing() {
    return new StoreMeta(
        0, 0, KvStore.FIRST_REVISION, KvStore.NEVER_COMPACTED, 0, Membership.of(Set.of()));
  }

  /**
   * A write that the core asks for: a snapshot first in the store, then in the log, and entries.
   *
   * @param persist what the core wants to be durable
   * @param content that of its snapshot, null without one
   * @param reachesStore whether as much as that is written if power is lost meanwhile
   */
  record Write(
      Durable disk, Ready.Persist persist, @Nullable Checkpoint content, boolean reachesStore)
      implements SimDisk.Write {
    @Override
    public void whole() {
      install();
      disk.journal.append(events());
    }

    @Override
    public SimJournal.Left interrupted() {
      if (!reachesStore) {
        return SimJournal.Left.NOTHING;
      }
      install();
      return disk.journal.losePowerDuring(events());
    }

    private void install() {
      if (content != null) {
        disk.repair(content);
      }
    }

    private List<LogEvent> events() {
      SnapshotMeta snapshot = persist.snapshot();
      List<Entry> entries = persist.entries();
      List<LogEvent> events = new ArrayList<>(disk.notes);
      disk.notes.clear();
      if (snapshot != null) {
        events.add(reset(persist.hardState(), snapshot));
      }
      if (snapshot == null || !entries.isEmpty()) {
        long first = entries.isEmpty() ? 1 : entries.get(0).index();
        events.add(new LogEvent.EntriesAppended(GROUP, persist.hardState(), first, entries));
      }
      return events;
    }
  }

  private static LogEvent reset(HardState hardState, SnapshotMeta at) {
    return new LogEvent.LogReset(
        GROUP, hardState, at.index(), at.term(), at.index(), at.membership());
  }

  /** Opens the log, as a process does at its start. */
  void open(long id, Checks checks) {
    try {
      journal.open();
    } catch (CorruptJournalException e) {
      checks.that(false, "%d cannot start: %s", id, e.getMessage());
    }
  }

  /** Whether power is lost during {@link #open}. */
  boolean losesPowerAtOpen(long id, Checks checks) {
    try {
      return journal.losePowerAtStart();
    } catch (CorruptJournalException e) {
      checks.that(false, "%d cannot start: %s", id, e.getMessage());
      return false;
    }
  }

  /** Changes a bit of the log, which must be noticed when it is opened. */
  void corruptLog(long id, Checks checks) {
    open(id, checks);
    String bit = journal.corrupt();
    try {
      journal.open();
      checks.that(false, "%d does not notice %s", id, bit);
    } catch (CorruptJournalException e) {
      journal.close();
    }
  }

  /** Replaces the store by what came from another member. */
  void repair(Checkpoint checkpoint) {
    meta = checkpoint.meta();
    rows = checkpoint.rows().copy();
    removed = meta.compacted();
    installedIndex = meta.appliedIndex();
    quarantined = false;
  }

  /** Drops a damaged store; the log stays. */
  void quarantine() {
    meta = nothing();
    rows = new MemoryDisk();
    removed = meta.compacted();
    installedIndex = 0;
    quarantined = true;
  }

  /** Notes in the log, with the next write, who is a member once {@code index} is applied. */
  void noteMembers(long index, Membership members) {
    notes.add(new LogEvent.MembersChanged(GROUP, index, members));
  }

  /** The process ends. */
  void close() {
    notes.clear();
    journal.close();
  }

  /** A checkpoint holds everything up to {@code index}. */
  void compactTo(long index) {
    journal.append(notes);
    notes.clear();
    journal.compactTo(index);
  }

  /** Whether the log holds a change of the membership above {@code index}. */
  boolean mayChange(long index) {
    return journal.entries().stream()
        .anyMatch(entry -> entry.kind() == Entry.Kind.CONF_CHANGE && entry.index() > index);
  }

  /** The core of a member that starts from this; the journal is open. */
  RaftCore core(RaftConfig config, long tailBytesMax, LogSource source, SeededRandom random) {
    LogStart.Store store = store();
    LogContent log = journal.content(store.holdsUpTo(), tailBytesMax);
    LogContent anew = LogStart.anew(log, store);
    if (anew != null) {
      journal.append(List.of(reset(anew.hardState(), store.meta())));
    }
    return LogStart.core(config, anew == null ? log : anew, store, source, tailBytesMax, random);
  }

  private LogStart.Store store() {
    LogStart.Origin origin =
        quarantined
            ? LogStart.Origin.LOST
            : installedIndex != 0 && installedIndex == meta.appliedIndex()
                ? LogStart.Origin.INSTALLED
                : LogStart.Origin.APPLIED;
    return new LogStart.Store(
        origin, new SnapshotMeta(meta.appliedIndex(), meta.appliedTerm(), meta.membership()));
  }

  void checkpoint(Half half, StoreMeta now) {
    rows.write(half, now.revision(), now.compacted());
    meta = now;
  }

  /** Removes the rows that compaction made unreachable; its checkpoint has been written. */
  void removeRows() {
    if (meta.compacted() > removed) {
      rows.compact(meta.compacted(), Integer.MAX_VALUE);
      removed = meta.compacted();
    }
  }

  /** What a member that lags is sent. */
  Checkpoint copy() {
    return new Checkpoint(meta, rows.copy());
  }
}
