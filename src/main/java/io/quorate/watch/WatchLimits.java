package io.quorate.watch;

/**
 * The bounds of a {@link WatchHub}.
 *
 * @param tailBytesMax how much of the newest changes is kept in memory to catch watches up, bytes
 * @param responseBytesMax a response that joins revisions takes no further one above this, bytes
 * @param historyBytesMax how much one read of history brings, bytes
 * @param catchUpWatchersMax how many watches one slice of history serves
 * @param progressIntervalNanos how long a watch is idle until it is told the progress; each stream
 *     adds up to a tenth of it, by lot
 */
public record WatchLimits(
    int tailBytesMax,
    int responseBytesMax,
    int historyBytesMax,
    int catchUpWatchersMax,
    long progressIntervalNanos) {
  private static final int MIB = 1 << 20;
  private static final long PROGRESS_NANOS_MIN = 100_000_000L;
  private static final long PROGRESS_NANOS = 600_000_000_000L;

  /** The bounds of a server; progress every ten minutes, as etcd's default is. */
  public static final WatchLimits DEFAULT =
      new WatchLimits(4 * MIB, MIB / 16, MIB, 4096, PROGRESS_NANOS);

  /** These bounds with another interval; below 100 ms it becomes 100 ms, as with etcd. */
  public WatchLimits withProgressInterval(long nanos) {
    return new WatchLimits(
        tailBytesMax,
        responseBytesMax,
        historyBytesMax,
        catchUpWatchersMax,
        Math.max(nanos, PROGRESS_NANOS_MIN));
  }
}
