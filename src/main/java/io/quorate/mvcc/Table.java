package io.quorate.mvcc;

/** The small tables of the replicated state: rows of bytes under keys of bytes. */
public enum Table {
  /** Lease id (8 bytes, big-endian) to what {@code apply} knows of the lease. */
  LEASE,
  /** Lease id and key, to nothing: which keys fall with which lease. */
  ATTACHED,
  /** Member id and alarm type, to nothing: the alarms that are raised. */
  ALARM,
  /** Member id to the member's attributes. */
  MEMBER,
  /** Single values by name. */
  META
}
