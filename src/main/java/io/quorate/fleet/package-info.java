/**
 * The fleet: Pekko Cluster beside Raft, for what is not consensus. It has an actor system and
 * threads of its own and knows Raft only through {@link io.quorate.fleet.FleetFacts}; nothing of
 * Raft waits for it or fails with it.
 */
@NullMarked
package io.quorate.fleet;

import org.jspecify.annotations.NullMarked;
