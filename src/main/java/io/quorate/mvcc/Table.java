package io.quorate.mvcc;

import io.quorate.base.Coded;

/** The small tables of the replicated state: rows of bytes under keys of bytes. */
public enum Table implements Coded {
  /** Lease id (8 bytes, big-endian) to what {@code apply} knows of the lease. */
  LEASE(1),
  /** Lease id and key, to nothing: which keys fall with which lease. */
  ATTACHED(2),
  /** Member id and alarm type, to whether the quota raised it (1 byte): the raised alarms. */
  ALARM(3),
  /** Member id to the member's attributes. */
  MEMBER(4),
  /** Single values by name. */
  META(5);

  private final int code;

  Table(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
