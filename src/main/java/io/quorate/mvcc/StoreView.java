package io.quorate.mvcc;

import io.quorate.base.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be read at one moment: the rows in memory over the rows on disk. Reads at any
 * revision not below {@link #compacted()}: a key's row at revision R is the newest not above R,
 * found by its newest row and then along the links to superseded ones.
 *
 * <p>Used by one thread at a time; whoever opened the disk's view closes it.
 */
public final class StoreView {
  private final Recent recent;
  private final DiskView disk;

  /** Joins {@code recent} with the view of the disk that was opened within the same epoch. */
  public StoreView(Recent recent, DiskView disk) {
    this.recent = recent;
    this.disk = disk;
  }

  /** The newest revision. */
  public long revision() {
    return recent.revision();
  }

  /** The revision of the last compaction, or -1. */
  public long compacted() {
    return recent.compacted();
  }

  /** The newest row of {@code key}, deleted or not; null when there is none. */
  @Nullable Row newest(Bytes key) {
    Row row = recent.newest(key);
    return row != null ? row : disk.newest(key);
  }

  /** The live row of {@code key} at {@code revision}, or null. */
  @Nullable Row get(Bytes key, long revision) {
    Row row = newest(key);
    return row == null ? null : live(back(row, revision));
  }

  /** The row of a revision, or null when it does not exist or was compacted. */
  @Nullable Row at(long main, int sub) {
    Row row = recent.at(main, sub);
    return row != null ? row : disk.at(main, sub);
  }

  /** The newest row of the same key below the revision of {@code row}, deleted or not. */
  @Nullable Row superseded(Row row) {
    return back(row, row.main() - 1);
  }

  /** The newest row of the same key not above {@code revision}, deleted or not. */
  private @Nullable Row back(Row newest, long revision) {
    Row row = newest;
    while (row != null && row.main() > revision) {
      row = row.hasPrevious() ? at(row.prevMain(), row.prevSub()) : null;
    }
    return row;
  }

  private static @Nullable Row live(@Nullable Row row) {
    return row == null || row.isDeleted() ? null : row;
  }

  /** Opens a walk over the live keys of {@code range} at {@code revision}. */
  Scan scan(KeyRange range, long revision, boolean withValues) {
    return new Scan(range, revision, withValues);
  }

  RowLog.Snapshot activeLog() {
    return recent.activeLog();
  }

  RowLog.Snapshot frozenLog() {
    return recent.frozenLog();
  }

  long firstMainInMemory() {
    return recent.firstMain();
  }

  DiskView disk() {
    return disk;
  }

  /** A walk in key order over the live rows of one revision. Must be closed. */
  final class Scan implements AutoCloseable {
    private final @Nullable Bytes to;
    private final long revision;
    private final boolean withValues;
    private final RowMap.Cursor active;
    private final RowMap.Cursor frozen;
    private final DiskView.KeyCursor keys;
    private boolean onDisk;
    private @Nullable Row row;

    private Scan(KeyRange range, long revision, boolean withValues) {
      this.to = range.to();
      this.revision = revision;
      this.withValues = withValues;
      this.active = recent.activeFrom(range.from());
      this.frozen = recent.frozenFrom(range.from());
      this.keys = disk.keys(range.from(), range.to());
      this.onDisk = keys.next();
    }

    /** The row under the walk; valid after {@link #next()} has answered true. */
    Row row() {
      return java.util.Objects.requireNonNull(row, "no row under the scan");
    }

    /** Moves to the next live row; false at the end of the range. */
    boolean next() {
      while (true) {
        Row memory = memory();
        if (memory == null && !onDisk) {
          return false;
        }
        Row found = memory != null && isFirst(memory) ? takeMemory(memory) : takeDisk(withValues);
        if (found != null) {
          row = found;
          return true;
        }
      }
    }

    /** Counts the live rows from here to the end of the range, without copying any from disk. */
    long countRest() {
      long count = 0;
      while (true) {
        Row memory = memory();
        if (memory == null && !onDisk) {
          return count;
        }
        if (memory != null && isFirst(memory)) {
          count += takeMemory(memory) == null ? 0 : 1;
        } else if (keys.main() <= revision) {
          count += keys.isDeleted() ? 0 : 1;
          onDisk = keys.next();
        } else {
          count += takeDisk(false) == null ? 0 : 1;
        }
      }
    }

    /** The first row of both halves, the active one's where both have the key. */
    private @Nullable Row memory() {
      Row first = within(active.row());
      Row second = within(frozen.row());
      if (first == null || second == null) {
        return first != null ? first : second;
      }
      return first.key().compareTo(second.key()) <= 0 ? first : second;
    }

    private @Nullable Row within(@Nullable Row candidate) {
      return candidate != null && (to == null || candidate.key().compareTo(to) < 0)
          ? candidate
          : null;
    }

    private boolean isFirst(Row memory) {
      return !onDisk || keys.compareKey(memory.key()) >= 0;
    }

    private @Nullable Row takeMemory(Row memory) {
      Bytes key = memory.key();
      if (onDisk && keys.compareKey(key) == 0) {
        onDisk = keys.next();
      }
      skip(active, key);
      skip(frozen, key);
      return live(back(memory, revision));
    }

    private static void skip(RowMap.Cursor half, Bytes key) {
      Row row = half.row();
      if (row != null && row.key().equals(key)) {
        half.advance();
      }
    }

    private @Nullable Row takeDisk(boolean values) {
      Row taken;
      if (keys.main() <= revision) {
        taken = keys.isDeleted() ? null : keys.row(values);
      } else {
        taken = live(back(keys.row(false), revision));
      }
      onDisk = keys.next();
      return taken;
    }

    @Override
    public void close() {
      keys.close();
    }
  }
}
