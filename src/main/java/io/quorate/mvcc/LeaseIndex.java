package io.quorate.mvcc;

import io.quorate.base.Bytes;

/** The port through which writes tell which key hangs on which lease. */
public interface LeaseIndex {
  /** Whether {@code lease} exists. */
  boolean exists(long lease);

  /** {@code key} now falls with {@code lease}. */
  void attach(long lease, Bytes key);

  /** {@code key} no longer falls with {@code lease}. */
  void detach(long lease, Bytes key);
}
