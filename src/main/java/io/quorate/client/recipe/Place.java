package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.client.Compare;
import io.quorate.client.Lease;

/**
 * The first place in a {@link Line}.
 *
 * @param key the key that stands for it
 * @param fence when that was created
 * @param lease what it ends with; nothing else is written with it
 */
record Place(Bytes key, long fence, Lease lease) {
  /** Holds as long as nobody else can be first. */
  Compare guard() {
    return Compare.number(key, Compare.Field.CREATE_REVISION, Compare.Is.EQUAL, fence);
  }
}
