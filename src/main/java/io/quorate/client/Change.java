package io.quorate.client;

import io.quorate.base.Bytes;
import java.util.Optional;

/**
 * What happened to a key. Source: {@code mvccpb.Event}.
 *
 * @param kind what happened
 * @param kv the key as it is now; of a deletion only the key and its {@code modRevision}
 * @param previous as it was before, if that was asked for and is not compacted
 */
public record Change(Kind kind, KeyValue kv, Optional<KeyValue> previous) {
  /** What can happen to a key. */
  public enum Kind {
    PUT,
    DELETE
  }

  /** The key. */
  public Bytes key() {
    return kv.key();
  }

  /** The revision that did it. */
  public long revision() {
    return kv.modRevision();
  }

  /** Whether the key is gone. */
  public boolean isDelete() {
    return kind == Kind.DELETE;
  }
}
