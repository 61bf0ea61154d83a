package io.quorate.node;

import io.quorate.apply.Effects;
import io.quorate.apply.StateMachine;
import io.quorate.mvcc.Event;
import java.util.List;

/**
 * Who follows what is applied: watches and the times of leases. Called on the thread that applies,
 * before reads see the change and before its proposer is answered; must only pass messages on.
 */
public interface ChangeListener extends Effects {
  /** The changes of keys of one batch, by revision; not empty. */
  void changed(List<List<Event>> revisions);

  /** A batch of entries was applied, in {@code nanos} nanoseconds, and told before. */
  default void batch(List<StateMachine.Applied> outcomes, long nanos) {}

  /** Everything up to {@code index} was applied, and has this digest. */
  void applied(long index, long digest);

  /** Everything was replaced by a snapshot at {@code revision}, compacted at {@code compacted}. */
  void restored(long revision, long compacted);

  /** A compaction has removed its last row, and what is published counts that. */
  void compactionFinished();
}
