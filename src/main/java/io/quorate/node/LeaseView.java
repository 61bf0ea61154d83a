package io.quorate.node;

import io.quorate.base.Bytes;
import java.util.List;

/**
 * What a client may know of a lease.
 *
 * @param id the lease
 * @param grantedSeconds its time to live, 0 when there is no such lease
 * @param remainingSeconds what is left of it; -1 when there is no such lease
 * @param keys its keys in order, if they were asked for
 */
public record LeaseView(long id, long grantedSeconds, long remainingSeconds, List<Bytes> keys) {
  /** There is no lease {@code id}. */
  public static LeaseView notFound(long id) {
    return new LeaseView(id, 0, -1, List.of());
  }
}
