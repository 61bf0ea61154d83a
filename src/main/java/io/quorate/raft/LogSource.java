package io.quorate.raft;

import java.util.List;

/**
 * Reads back entries that are no longer in memory. The core asks only for what it once handed out
 * and saw acknowledged, above the compacted prefix.
 */
@FunctionalInterface
public interface LogSource {
  /** The source of a log that is wholly in memory. */
  LogSource NONE = (from, to, bytesMax) -> List.of();

  /**
   * Entries from {@code from}, inclusive, on, without gaps, at most up to {@code to}, exclusive,
   * and at most {@code bytesMax} of {@link Entry#sizeBytes}, but always one if any is given. The
   * empty list means "not yet at hand": the source fetches them, and whoever owns the core calls
   * {@link RaftCore#ready} again when they are. Must not block.
   */
  List<Entry> entries(long from, long to, long bytesMax);

  /** Entries were replaced: what was read of them before is not to be given any more. */
  default void forget() {}
}
