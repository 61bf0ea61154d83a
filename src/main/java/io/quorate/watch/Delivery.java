package io.quorate.watch;

import io.quorate.mvcc.Event;
import java.util.List;

/**
 * One thing to tell a stream. Deliveries of one stream go out in the order in which the hub gave
 * them; {@code revision} is what the response's header carries.
 */
public sealed interface Delivery {
  /** The watch id of answers that are about no watch, or about all watches of the stream. */
  long NO_ID = -1;

  /**
   * Events for some watches of the stream: each id gets a response of its own with all the events.
   * The instances of {@code events}, and mostly the list itself, are shared by all watches that
   * matched the same changes, one after another, so an encoder may keep what it encoded last by
   * identity.
   *
   * @param watchIds at least one id; shared, never to be written to
   * @param count how many of the ids are meant, from the first one on
   * @param events at least one event, in order of revision; never part of a revision
   * @param revision the last revision that this delivery covers, not below the last event's
   * @param previous whether to send what was before each change
   * @param fragment whether the response may be cut when it is above the request limit
   */
  // Never compared; the array is what lets one delivery serve a hundred watches without a copy.
  @SuppressWarnings("ArrayRecordComponent")
  record Events(
      long[] watchIds,
      int count,
      List<Event> events,
      long revision,
      boolean previous,
      boolean fragment)
      implements Delivery {}

  /** The watch exists: {@code created}. */
  record Created(long watchId, long revision) implements Delivery {}

  /** The watch was not created: {@code created} and {@code canceled} with {@link #NO_ID}. */
  record Refused(long revision, String reason) implements Delivery {}

  /** The client cancelled the watch. */
  record Canceled(long watchId, long revision) implements Delivery {}

  /**
   * The hub cancelled the watch since what it still had to see is compacted. As with etcd, the
   * header of this one carries revision 0.
   */
  record Compacted(long watchId, long compactRevision) implements Delivery {}

  /**
   * Everything up to {@code revision} has been delivered, to the watch, or with {@link #NO_ID} to
   * all watches of the stream.
   */
  record Progress(long watchId, long revision) implements Delivery {}
}
