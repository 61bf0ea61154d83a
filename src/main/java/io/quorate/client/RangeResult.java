package io.quorate.client;

import java.util.List;
import java.util.Optional;

/**
 * The answer to a {@link Range}.
 *
 * @param revision the revision of the store when it was read: the newest one, also where the range
 *     was read as of an older one
 * @param kvs what was found, in the order that was asked for
 * @param count how many keys there are, whatever the limit was
 * @param more whether the limit left some out
 */
public record RangeResult(long revision, List<KeyValue> kvs, long count, boolean more)
    implements OpResult {
  /** The first of what was found: all there is to know where one key was asked for. */
  public Optional<KeyValue> first() {
    return kvs.isEmpty() ? Optional.empty() : Optional.of(kvs.get(0));
  }
}
