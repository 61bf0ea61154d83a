package io.quorate.lease;

import io.quorate.base.EtcdException;

/**
 * Who waits for the renewal of a lease. Exactly one of the methods is called, once, from any
 * thread; it must not block.
 */
public interface RenewReply {
  /** The lease has {@code ttlSeconds} again; 0 when there is no such lease. */
  void renewed(long ttlSeconds);

  /** Whether it was renewed is not known. */
  void failed(EtcdException error);
}
