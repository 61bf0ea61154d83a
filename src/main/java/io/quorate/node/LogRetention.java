package io.quorate.node;

import io.quorate.raft.progress.Progress;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How much of the log is kept behind a checkpoint: what followers that lag still need, so that they
 * are not sent a snapshot for a short absence, and what follows a snapshot that is under way; all
 * of it within a bound. It is reckoned from checkpoint to checkpoint. Used by one thread.
 */
final class LogRetention {
  /** What a group of several members keeps in any case, in bytes of entries. */
  private static final long ALWAYS_BYTES = 16L << 20;

  /** What is kept at most for those that lag, in bytes of entries. */
  private static final long BYTES_MAX = 256L << 20;

  /**
   * What is kept at most behind a snapshot that is under way. Without that it would have been sent
   * for nothing, and so would the next one, as long as so much is written meanwhile.
   */
  private static final long SNAPSHOT_BYTES_MAX = 4L << 30;

  /** And a quarter of what the disk has left, if that is less, but always {@link #BYTES_MAX}. */
  private static final int SNAPSHOT_DISK_SHARE = 4;

  private record Mark(long index, long bytes) {}

  private final Deque<Mark> marks = new ArrayDeque<>();
  private final Map<Long, Long> snapshots = new HashMap<>();
  private final LongSupplier usableBytes;
  private long bytes;

  /**
   * @param usableBytes what the disk of the log has left
   */
  LogRetention(LongSupplier usableBytes) {
    this.usableBytes = usableBytes;
  }

  /** Entries of so many bytes were appended. */
  void appended(long more) {
    bytes += more;
  }

  /** A snapshot at {@code index} goes to {@code member}. */
  void snapshotBegun(long member, long index) {
    snapshots.put(member, index);
  }

  /** When it arrived, the entries behind it are needed until {@code member} has them. */
  void snapshotEnded(long member, boolean arrived) {
    if (!arrived) {
      snapshots.remove(member);
    }
  }

  /**
   * A checkpoint holds everything up to {@code index}.
   *
   * @param alone whether there are no other members
   * @param followers what the leader knows of them; empty elsewhere
   * @return up to where the log may be forgotten, 0 for nowhere
   */
  long checkpointed(long index, boolean alone, Collection<Progress> followers) {
    marks.add(new Mark(index, bytes));
    if (alone) {
      marks.clear();
      return index;
    }
    long needed = index;
    boolean sending = false;
    for (Progress follower : followers) {
      Long snapshot = snapshots.get(follower.id());
      if (snapshot != null && follower.match() >= snapshot) {
        snapshots.remove(follower.id());
        snapshot = null;
      }
      sending |= snapshot != null;
      needed = Math.min(needed, snapshot != null ? snapshot : follower.match());
    }
    long bytesMax = sending ? snapshotBytesMax() : BYTES_MAX;
    long forgotten = 0;
    for (Mark first = marks.peek(); first != null; first = marks.peek()) {
      long behind = bytes - first.bytes();
      boolean kept = behind <= ALWAYS_BYTES || (first.index() > needed && behind <= bytesMax);
      if (kept) {
        break;
      }
      forgotten = first.index();
      marks.remove();
    }
    return forgotten;
  }

  private long snapshotBytesMax() {
    long share = usableBytes.getAsLong() / SNAPSHOT_DISK_SHARE;
    return Math.max(BYTES_MAX, Math.min(SNAPSHOT_BYTES_MAX, share));
  }
}
