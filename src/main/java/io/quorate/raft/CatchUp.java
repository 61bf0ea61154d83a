package io.quorate.raft;

import io.quorate.raft.progress.Progress;

/**
 * How fast a leader brings up who is far behind. As fast as it goes while nothing else happens. But
 * where writes are committed meanwhile, and so without that member, all that it is sent at once
 * takes processors and disks from them: then it gets a share for each tick, and more where more is
 * written, so that it comes nearer all the same.
 */
final class CatchUp {
  /** Who lacks more entries than that has fallen behind, until it has been sent all of them. */
  private static final long ENTRIES_MIN = 10_000;

  /** What it is sent in a tick, in bytes of entries. */
  private static final long TICK_BYTES = 256 << 10;

  /** And so many times what was appended in the tick before. */
  private static final long APPENDED_FACTOR = 2;

  private long commit;
  private long appendedBytes;
  private long share = Progress.UNLIMITED;

  /** So many bytes of entries were appended. */
  void appended(long bytes) {
    appendedBytes += bytes;
  }

  /** A tick passed. */
  void tick(RaftLog log, Progress[] all) {
    boolean moves = log.commit() > commit;
    commit = log.commit();
    share = moves ? TICK_BYTES + APPENDED_FACTOR * appendedBytes : Progress.UNLIMITED;
    appendedBytes = 0;
    for (Progress progress : all) {
      boolean behind = lag(progress, log) > (progress.isLimited() ? 0 : ENTRIES_MIN);
      progress.allow(behind ? share : Progress.UNLIMITED);
    }
  }

  /** Something may be sent to {@code to}: it may just have turned out to be behind. */
  void look(Progress to, RaftLog log) {
    if (!to.isLimited() && lag(to, log) > ENTRIES_MIN) {
      to.allow(share);
    }
  }

  private static long lag(Progress progress, RaftLog log) {
    return log.last() - progress.next() + 1;
  }
}
