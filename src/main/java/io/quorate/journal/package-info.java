/**
 * The log on disk: the Pekko Persistence plugin, its segments and records, the events of the Raft
 * log and their codec, the reader that serves entries which are no longer in memory, and how log
 * and store go together when a member starts.
 */
@NullMarked
package io.quorate.journal;

import org.jspecify.annotations.NullMarked;
