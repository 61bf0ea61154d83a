package io.quorate.mvcc;

import io.quorate.base.Bytes;

/**
 * One key at one revision, as etcd's {@code mvccpb.KeyValue}. Of a deleted key only {@code key} and
 * {@code modRevision} say anything; the rest is zero or empty.
 *
 * @param key the key, never empty
 * @param createRevision the revision that created this generation of the key
 * @param modRevision the revision that wrote this version
 * @param version the number of writes since creation, from 1; 0 for a deleted key
 * @param value the value, possibly empty
 * @param lease the id of the attached lease, 0 for none
 */
public record KeyValue(
    Bytes key, long createRevision, long modRevision, long version, Bytes value, long lease) {

  /** The state of {@code key} after its deletion at {@code modRevision}. */
  public static KeyValue deleted(Bytes key, long modRevision) {
    return new KeyValue(key, 0, modRevision, 0, Bytes.EMPTY, 0);
  }

  /** Whether this is what a deletion leaves. */
  public boolean isDeleted() {
    return version == 0;
  }
}
