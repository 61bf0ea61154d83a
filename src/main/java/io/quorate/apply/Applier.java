package io.quorate.apply;

import io.quorate.mvcc.Op;

/**
 * Does commands, or refuses them with an {@link io.quorate.base.EtcdException}. Policies that cut
 * across commands are appliers round an applier.
 */
interface Applier {
  Answer write(Op op);

  Answer compact(long revision);

  Answer grant(long id, long ttl);

  Answer revoke(long id);
}
