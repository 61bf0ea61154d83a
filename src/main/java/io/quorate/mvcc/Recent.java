package io.quorate.mvcc;

import io.quorate.base.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The revisions that are not known to be on disk, as of one moment: an active half that grows and,
 * while a checkpoint carries it to disk, a frozen half below it. Immutable; a reader joins it with
 * a {@link DiskView} of the same {@link #epoch()}.
 *
 * <p>The epoch moves when a half is frozen and when a frozen half is dropped. A view of the disk
 * that was opened while the epoch stood still holds no revision above {@link #revision()}: what a
 * checkpoint writes was frozen before, hence is part of this moment, too.
 */
public final class Recent {
  private final long epoch;
  private final long revision;
  private final long compacted;
  private final RowMap.@Nullable Node active;
  private final RowLog.Snapshot activeLog;
  private final RowMap.@Nullable Node frozen;
  private final RowLog.Snapshot frozenLog;

  Recent(
      long epoch,
      long revision,
      long compacted,
      RowMap.@Nullable Node active,
      RowLog.Snapshot activeLog,
      RowMap.@Nullable Node frozen,
      RowLog.Snapshot frozenLog) {
    this.epoch = epoch;
    this.revision = revision;
    this.compacted = compacted;
    this.active = active;
    this.activeLog = activeLog;
    this.frozen = frozen;
    this.frozenLog = frozenLog;
  }

  /** Moves with each change of what the disk may hold. */
  public long epoch() {
    return epoch;
  }

  /** The newest revision. */
  public long revision() {
    return revision;
  }

  /** The revision of the last compaction, or -1. */
  public long compacted() {
    return compacted;
  }

  /** The newest row of {@code key} in memory, or null. */
  @Nullable Row newest(Bytes key) {
    Row row = RowMap.get(active, key);
    return row != null ? row : RowMap.get(frozen, key);
  }

  /** The row of a revision, or null when it is not in memory. */
  @Nullable Row at(long main, int sub) {
    Row row = activeLog.find(main, sub);
    return row != null ? row : frozenLog.find(main, sub);
  }

  RowMap.Cursor activeFrom(Bytes from) {
    return new RowMap.Cursor(active, from);
  }

  RowMap.Cursor frozenFrom(Bytes from) {
    return new RowMap.Cursor(frozen, from);
  }

  RowLog.Snapshot activeLog() {
    return activeLog;
  }

  RowLog.Snapshot frozenLog() {
    return frozenLog;
  }

  /** The lowest main revision in memory, or {@link Long#MAX_VALUE} when there is none. */
  long firstMain() {
    if (frozenLog.size() > 0) {
      return frozenLog.get(0).main();
    }
    return activeLog.size() > 0 ? activeLog.get(0).main() : Long.MAX_VALUE;
  }
}
