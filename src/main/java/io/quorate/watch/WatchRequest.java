package io.quorate.watch;

import io.quorate.mvcc.KeyRange;

/**
 * What a client asks to watch; the fields of etcd's {@code WatchCreateRequest}.
 *
 * @param watchId the id that the client chose, or {@link #AUTO_ID}
 * @param range the keys to watch; an empty range is refused
 * @param startRevision the first revision to see; 0 for "from now on"; a negative one is refused as
 *     compacted
 * @param options what to leave out and what to add
 */
public record WatchRequest(long watchId, KeyRange range, long startRevision, Options options) {
  /** The id that asks for the next free one of the stream. */
  public static final long AUTO_ID = 0;

  /** A watch of {@code range} from {@code startRevision} on, without any option. */
  public static WatchRequest of(KeyRange range, long startRevision) {
    return new WatchRequest(AUTO_ID, range, startRevision, Options.NONE);
  }

  /**
   * What a watch leaves out and adds.
   *
   * @param noPut leave out puts
   * @param noDelete leave out deletes
   * @param previous send the key as it was before each change
   * @param progressNotify tell an idle watch periodically how far the store is
   * @param fragment responses above the request limit may be cut
   */
  public record Options(
      boolean noPut, boolean noDelete, boolean previous, boolean progressNotify, boolean fragment) {
    /** No option at all. */
    public static final Options NONE = new Options(false, false, false, false, false);
  }
}
