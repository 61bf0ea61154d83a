package io.quorate.apply;

/**
 * The port to those who must learn of a change besides the proposer. Called while an entry is
 * applied, in log order, on the thread that applies.
 */
public interface Effects {
  /** A lease was created with {@code ttl} seconds. */
  void leaseGranted(long id, long ttl);

  /** A lease is gone. */
  void leaseRevoked(long id);

  /** A lease has {@code seconds} left when a new leader starts to count. */
  void leaseCheckpointed(long id, long seconds);

  /** The revisions below {@code at} are to be removed; {@code previous} is the last such mark. */
  void compacted(long previous, long at);
}
