package io.quorate.mvcc;

/** The disk under a {@link KvStore} in a test: in memory, or the real one. One thread. */
public interface TestDisk extends AutoCloseable {
  /** A view of everything written so far. */
  DiskView open();

  /** Writes {@code half}, and what the store said of itself when it was frozen. */
  void write(Half half, long revision, long compacted);

  /** Removes up to about {@code rowsMax} rows that are unreachable at {@code at}; whether all. */
  boolean compact(long at, int rowsMax);

  /** The counted bytes of the rows. */
  long bytes();

  /** Forgets what is not on disk. */
  void reopen();

  @Override
  void close();
}
