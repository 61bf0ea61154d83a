/**
 * The log on disk: the Pekko Persistence plugin, its segments and records, the events of the Raft
 * log and their codec, and the reader that serves entries which are no longer in memory.
 */
@NullMarked
package io.quorate.journal;

import org.jspecify.annotations.NullMarked;
