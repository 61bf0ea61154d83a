/** What a leader knows of each follower, and how much it may send to it. */
@NullMarked
package io.quorate.raft.progress;

import org.jspecify.annotations.NullMarked;
