package io.quorate.node;

import org.apache.pekko.actor.typed.DispatcherSelector;

/** The threads of a member, as {@code quorate-node.conf} sets them up. */
final class Dispatchers {
  /** Where {@link #readers} is set up. */
  static final String READERS_PATH = "quorate.node.reader-dispatcher";

  private Dispatchers() {}

  /** The threads of the connections, for the Raft group's actors: see {@link RelayPool#urgent}. */
  static DispatcherSelector group() {
    return DispatcherSelector.fromConfig("quorate.node.group-dispatcher");
  }

  /** The Checkpointer's own thread, the only one that writes LMDB. */
  static DispatcherSelector checkpoint() {
    return DispatcherSelector.fromConfig("quorate.node.checkpoint-dispatcher");
  }

  /** A bounded pool for long reads of the store and of the journal. */
  static DispatcherSelector readers() {
    return DispatcherSelector.fromConfig(READERS_PATH);
  }
}
