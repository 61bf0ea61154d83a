package io.quorate.apply;

import io.quorate.base.EtcdError;
import io.quorate.mvcc.Op;

/** Refuses everything while the CORRUPT alarm is raised. */
final class CorruptApplier implements Applier {
  @Override
  public Answer write(Op op) {
    throw EtcdError.CORRUPT.exception();
  }

  @Override
  public Answer compact(long revision) {
    throw EtcdError.CORRUPT.exception();
  }

  @Override
  public Answer grant(long id, long ttl) {
    throw EtcdError.CORRUPT.exception();
  }

  @Override
  public Answer revoke(long id) {
    throw EtcdError.CORRUPT.exception();
  }
}
