package io.quorate.apply;

import io.quorate.base.EtcdError;
import io.quorate.mvcc.Op;

/**
 * Refuses what needs space while the NOSPACE alarm is raised. Deletions, compaction and the ends of
 * leases go through: they are the way out.
 */
final class NoSpaceApplier implements Applier {
  private final Applier inner;

  NoSpaceApplier(Applier inner) {
    this.inner = inner;
  }

  @Override
  public Answer write(Op op) {
    if (SpaceCost.of(op) > 0) {
      throw EtcdError.NO_SPACE.exception();
    }
    return inner.write(op);
  }

  @Override
  public Answer compact(long revision) {
    return inner.compact(revision);
  }

  @Override
  public Answer grant(long id, long ttl) {
    throw EtcdError.NO_SPACE.exception();
  }

  @Override
  public Answer revoke(long id) {
    return inner.revoke(id);
  }
}
