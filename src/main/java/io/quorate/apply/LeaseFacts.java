package io.quorate.apply;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;

/**
 * What all members know of a lease. When it ends is the leader's business alone.
 *
 * @param id its id
 * @param ttl the seconds it was granted
 * @param remaining the seconds left as last replicated, 0 when never
 */
public record LeaseFacts(long id, long ttl, long remaining) {
  Bytes encode() {
    return new ByteWriter(24).putVar(ttl).putVar(remaining).toBytes();
  }

  static LeaseFacts decode(long id, Bytes bytes) {
    ByteReader in = new ByteReader(bytes);
    return new LeaseFacts(id, in.getVar(), in.getVar());
  }
}
