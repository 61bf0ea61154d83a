package io.quorate.client;

import io.quorate.base.Bytes;

/**
 * A key as it was at some revision. Source: {@code mvccpb.KeyValue}.
 *
 * @param key the key
 * @param value its value; empty where only keys were asked for, and in a deletion
 * @param createRevision when it was created; 0 in a deletion
 * @param modRevision when it was written last: a number that only grows, for {@link Compare}
 * @param version how often it was written since it was created; 0 in a deletion
 * @param lease the lease it ends with; 0 for none
 */
public record KeyValue(
    Bytes key, Bytes value, long createRevision, long modRevision, long version, long lease) {

  /** The key as text. */
  public String keyText() {
    return key.utf8();
  }

  /** The value as text. */
  public String valueText() {
    return value.utf8();
  }
}
