package io.quorate.raft;

import io.quorate.base.Check;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The replicated log: the terms of all entries, the newest entries themselves, and how far each of
 * them has come. Older entries are read from a {@link LogSource}.
 *
 * <p>Cursors, each moved by one party and never back, except that a conflict cuts {@code last},
 * {@code handed} and {@code persisted}:
 *
 * <pre>
 *   base &lt;= applied &lt;= applying &lt;= min(commit, persisted)
 *   persisted &lt;= handed &lt;= last        commit &lt;= last
 * </pre>
 *
 * {@code handed} was given to the journal, {@code persisted} is durable, {@code applying} was given
 * to the state machine, {@code applied} is in it. Only what is durable here is applied here, so
 * that the state machine never knows an entry that the journal could still lose. While a snapshot
 * is being installed, {@code persisted} and {@code applied} are still behind the new base.
 *
 * <p>The owner of a core fills one of these before it starts the core: {@link #base}, then {@link
 * #replay} in the order of the journal's records. Not safe to share between threads.
 */
public final class RaftLog {
  private static final long NONE = Long.MAX_VALUE;

  private final LogSource source;
  private final long tailBytesMax;
  private final TermRuns terms = new TermRuns();
  private final EntryTail tail = new EntryTail();
  private final IndexDeque confChanges = new IndexDeque();
  // The first change of the membership that this leader has committed, while no durable hard state
  // says so.
  private long secretChange = NONE;

  private long commit;
  private long applying;
  private long applied;
  private long handed;
  private long persisted;
  private long inflightLast;

  private @Nullable SnapshotMeta pendingSnapshot;

  /**
   * An empty log that begins at index 1. In memory it keeps at most {@code tailBytesMax} of {@link
   * Entry#sizeBytes}, beside what is not yet durable and applied.
   */
  public RaftLog(LogSource source, long tailBytesMax) {
    this.source = source;
    this.tailBytesMax = tailBytesMax;
    terms.reset(0, 0);
  }

  /** Recovery: the log begins behind {@code index}, which was of {@code term}. */
  public void base(long index, long term) {
    terms.reset(index, term);
    tail.reset(index + 1);
    confChanges.truncateAfter(-1);
    commit = index;
    applying = index;
    applied = index;
    handed = index;
    persisted = index;
  }

  /** Recovery: the log begins with entries of which the source has more than {@code outline}. */
  public void base(LogOutline outline) {
    base(outline.prevIndex(), outline.prevTerm());
    List<LogOutline.Run> runs = outline.runs();
    for (int i = 0; i < runs.size(); i++) {
      long end = i + 1 < runs.size() ? runs.get(i + 1).first() - 1 : outline.last();
      terms.appendUpTo(end, runs.get(i).term());
    }
    outline.confChanges().forEach(confChanges::add);
    tail.reset(last() + 1);
    handed = last();
    persisted = last();
  }

  /**
   * Recovery: a record of the journal. Discards everything at and above the first entry and appends
   * all of them. An entry that leaves a gap throws {@link IllegalStateException}.
   */
  public void replay(List<Entry> entries) {
    if (entries.isEmpty()) {
      return;
    }
    long before = entries.get(0).index() - 1;
    Check.that(
        before >= terms.first() && before <= terms.last(),
        "record begins at %d, but the log is %d..%d",
        before + 1,
        terms.first() + 1,
        terms.last());
    cutAfter(before);
    for (Entry entry : entries) {
      add(entry);
      // No more is kept than what fits: the source gives the rest again.
      tail.evict(tailBytesMax, entry.index());
    }
    handed = last();
    persisted = last();
  }

  /** Ends recovery: {@code index} is applied, {@code commitHint} may be known to be committed. */
  void start(long index, long commitHint) {
    Check.that(
        index >= terms.first() && index <= last(),
        "applied %d is outside of the log %d..%d",
        index,
        terms.first(),
        last());
    applied = index;
    applying = index;
    commit = Math.max(index, Math.min(commitHint, last()));
    confChanges.dropUpTo(index);
  }

  /** The index of the last entry, or of the base. */
  public long last() {
    return terms.last();
  }

  /** The term of the last entry, or of the base. */
  public long lastTerm() {
    return terms.lastTerm();
  }

  /** The first index that is not compacted. */
  public long first() {
    return terms.first() + 1;
  }

  /** The highest index known to be committed. */
  public long commit() {
    return commit;
  }

  /** The highest index that is durable here. */
  public long persisted() {
    return persisted;
  }

  /** The highest index handed out to be applied. */
  public long applying() {
    return applying;
  }

  /** The highest index that is applied. */
  public long applied() {
    return applied;
  }

  /** Bytes of entries in memory, by {@link Entry#sizeBytes}. */
  public long tailBytes() {
    return tail.bytes();
  }

  /** The term at {@code index}, from the base to the last one. */
  public long term(long index) {
    return terms.at(index);
  }

  /** Whether the entry at {@code index} has {@code term}; the log matching property's question. */
  boolean matches(long index, long term) {
    return index >= terms.first() && index <= last() && terms.at(index) == term;
  }

  /** Where it ends, and how much of it is committed. */
  LogPosition position() {
    long commit = commitToTell();
    return new LogPosition(last(), lastTerm(), commit, term(commit));
  }

  /** Whether a log that ends so is at least as up to date as this one (paper, section 5.4.1). */
  boolean isUpToDate(long otherLast, long otherLastTerm) {
    return otherLastTerm > lastTerm() || (otherLastTerm == lastTerm() && otherLast >= last());
  }

  /** The highest index up to {@code index} whose term is not above {@code term}. */
  long lastNotAbove(long term, long index) {
    return index < terms.first() ? index : terms.lastNotAbove(term, index);
  }

  /** Adds an entry behind the last one. */
  void add(Entry entry) {
    terms.append(entry.index(), entry.term());
    tail.append(entry);
    if (entry.kind() == Entry.Kind.CONF_CHANGE) {
      confChanges.add(entry.index());
    }
  }

  /**
   * Takes over what a leader sent behind an entry that matches: skips what is there already, cuts
   * at the first entry that differs (paper, section 5.3) and appends the rest.
   */
  void merge(List<Entry> entries) {
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (entry.index() <= last()) {
        if (entry.index() < first() || terms.at(entry.index()) == entry.term()) {
          continue;
        }
        Check.that(
            entry.index() > commit,
            "entry %d of term %d conflicts with committed %d",
            entry.index(),
            entry.term(),
            commit);
        cutAfter(entry.index() - 1);
      }
      add(entry);
    }
  }

  /** Everything up to {@code index} is committed; an index below the known one is no news. */
  boolean commitTo(long index) {
    if (index <= commit) {
      return false;
    }
    Check.that(
        index <= last(),
        "commit %d is beyond the last entry %d: has the log lost what this member acknowledged?",
        index,
        last());
    commit = index;
    return true;
  }

  /**
   * As {@link #commitTo}, where a leader finds out first: what it commits of changes of the
   * membership stays with it until its hard state says so.
   */
  void commitFirst(long index) {
    long from = commit;
    if (commitTo(index) && secretChange == NONE) {
      keepSecret(from, index);
    }
  }

  private void keepSecret(long from, long to) {
    long change = confChanges.firstAbove(from);
    secretChange = change <= to ? change : NONE;
  }

  /** Whether there is a change of the membership that only a durable hard state may let out. */
  boolean hasSecretChange() {
    return secretChange != NONE;
  }

  /** It is durable that everything up to {@code durable} is committed. */
  void commitPersisted(long durable) {
    if (durable >= secretChange) {
      keepSecret(durable, commit);
    }
  }

  /**
   * How much may be applied, and others may know to be committed. Whoever is removed by a change
   * goes when it hears of its commit; those that stay must then know it even after a loss of power,
   * since they may need its vote if they do not.
   */
  long commitToTell() {
    return Math.min(commit, secretChange - 1);
  }

  /** Replaces the whole log by a snapshot; it counts as applied once it is durable. */
  void restore(SnapshotMeta meta) {
    Check.that(meta.index() > commit, "snapshot %d is not above %d", meta.index(), commit);
    source.forget();
    terms.reset(meta.index(), meta.term());
    tail.reset(meta.index() + 1);
    confChanges.truncateAfter(-1);
    secretChange = NONE;
    commit = meta.index();
    applying = meta.index();
    handed = meta.index();
    persisted = Math.min(persisted, applied);
    // What is being written belongs to the log that is gone.
    inflightLast = 0;
    pendingSnapshot = meta;
  }

  /**
   * The state machine is that of {@code index} now, which is in the log: what follows is handed out
   * again. Its repair, since it never goes back otherwise.
   */
  void rewind(long index) {
    Check.that(index >= terms.first() && index <= last(), "rewind to %d", index);
    applied = index;
    applying = index;
    commit = Math.max(commit, index);
    confChanges.dropUpTo(index);
  }

  /** Whether there is something that the journal was not given. */
  boolean hasUnhanded() {
    return handed < last() || pendingSnapshot != null;
  }

  /** The entries that the journal was not given; they count as given from now on. */
  List<Entry> handOut() {
    List<Entry> entries = tail.slice(handed + 1, last());
    handed = last();
    inflightLast = last();
    return entries;
  }

  /** The snapshot that was not yet given to the journal, once. */
  @Nullable SnapshotMeta handOutSnapshot() {
    SnapshotMeta meta = pendingSnapshot;
    pendingSnapshot = null;
    return meta;
  }

  /**
   * What was handed out last is durable. What was cut since then does not count, even if equal
   * entries came again: they are still to be written.
   */
  void inflightPersisted(@Nullable SnapshotMeta meta) {
    if (meta != null && meta.index() <= inflightLast) {
      applied = Math.max(applied, meta.index());
    }
    persisted = Math.max(persisted, inflightLast);
    evict();
  }

  /** The next committed and durable entries to apply, within {@code bytesMax}; maybe none. */
  List<Entry> nextToApply(long bytesMax) {
    long to = Math.min(commitToTell(), persisted);
    if (to <= applying) {
      return List.of();
    }
    List<Entry> entries = entries(applying + 1, to, bytesMax);
    applying += entries.size();
    return entries;
  }

  /** Everything up to {@code index} is in the state machine. */
  void appliedTo(long index) {
    Check.that(index <= applying, "applied %d is beyond the handed out %d", index, applying);
    if (index > applied) {
      applied = index;
      confChanges.dropUpTo(index);
      evict();
    }
  }

  /** Whether a change of the membership is in the log up to {@code index}, and not yet applied. */
  boolean hasUnappliedConfChange(long index) {
    return confChanges.hasUpTo(index);
  }

  /** Discards everything up to {@code index}, which is applied. */
  void compact(long index) {
    Check.that(index <= applied, "compaction at %d is beyond the applied %d", index, applied);
    if (index <= terms.first()) {
      return;
    }
    terms.compact(index);
    tail.dropUpTo(index);
    // What a checkpoint holds is known after a loss of power, too.
    commitPersisted(index);
  }

  /**
   * Entries from {@code from} up to {@code to}, both inclusive, within {@code bytesMax}; empty
   * while the source does not have them at hand.
   */
  List<Entry> entries(long from, long to, long bytesMax) {
    if (from > to) {
      return List.of();
    }
    Check.that(from >= first(), "entry %d is compacted, the first is %d", from, first());
    if (from >= tail.first()) {
      return tail.slice(from, tail.fit(from, to, bytesMax));
    }
    List<Entry> read = source.entries(from, Math.min(to + 1, tail.first()), bytesMax);
    if (!read.isEmpty()) {
      Entry head = read.get(0);
      Entry end = read.get(read.size() - 1);
      Check.that(
          head.index() == from
              && end.index() == from + read.size() - 1
              && head.term() == terms.at(head.index())
              && end.term() == terms.at(end.index()),
          "log source gave %d..%d when asked from %d",
          head.index(),
          end.index(),
          from);
    }
    return read;
  }

  private void evict() {
    // Not what is applied: a state machine that lags must not fill the memory.
    tail.evict(tailBytesMax, Math.min(commit, persisted));
  }

  private void cutAfter(long index) {
    source.forget();
    terms.truncateAfter(index);
    tail.truncateAfter(index);
    confChanges.truncateAfter(index);
    handed = Math.min(handed, index);
    persisted = Math.min(persisted, index);
    inflightLast = Math.min(inflightLast, index);
  }
}
