package io.quorate.client;

import java.util.List;

/**
 * What a watch tells. After any of them, everything up to its {@link #revision()} was told, once
 * and in order; a revision is never told in two parts.
 */
public sealed interface WatchSignal {
  /** How far everything was told. */
  long revision();

  /**
   * Keys as they were at {@code revision}, before any change is told.
   *
   * @param revision of the whole list, which may come in several parts
   * @param kvs in the order of their keys, behind those of the part before
   * @param isFirst whether the list begins: forget what was known before
   * @param isLast whether the list ends: what was not in it does not exist
   */
  record Listing(long revision, List<KeyValue> kvs, boolean isFirst, boolean isLast)
      implements WatchSignal {}

  /**
   * What happened since.
   *
   * @param revision that of the last of them
   * @param changes in order, of whole revisions; at least one
   */
  record Changes(long revision, List<Change> changes) implements WatchSignal {}

  /**
   * Nothing happened up to {@code revision} beyond what was told.
   *
   * @param revision where another watch could go on
   */
  record Bookmark(long revision) implements WatchSignal {}

  /**
   * The changes behind what was told are compacted and cannot be told any more. A new list follows
   * and says what is there now. Only told by watches that began with a list; others end with {@link
   * ClientException.Compacted}.
   *
   * @param revision how far everything was told
   * @param compactedRevision the oldest revision that can still be read; 0 if the member did not
   *     say
   */
  record Resync(long revision, long compactedRevision) implements WatchSignal {}
}
