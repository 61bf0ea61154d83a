package io.quorate.node;

import io.quorate.apply.StateMachine;
import io.quorate.mvcc.Event;
import java.util.List;

/** Counts what is applied, and passes it on. */
final class Counted implements ChangeListener {
  private final ChangeListener next;
  private final NodeMetrics metrics;

  Counted(ChangeListener next, NodeMetrics metrics) {
    this.next = next;
    this.metrics = metrics;
  }

  @Override
  public void batch(List<StateMachine.Applied> outcomes, long nanos) {
    metrics.applied(outcomes, nanos);
    next.batch(outcomes, nanos);
  }

  @Override
  public void leaseGranted(long id, long ttl) {
    metrics.leaseGranted();
    next.leaseGranted(id, ttl);
  }

  @Override
  public void leaseRevoked(long id) {
    metrics.leaseRevoked();
    next.leaseRevoked(id);
  }

  @Override
  public void changed(List<List<Event>> revisions) {
    next.changed(revisions);
  }

  @Override
  public void applied(long index, long digest) {
    next.applied(index, digest);
  }

  @Override
  public void restored(long revision, long compacted) {
    next.restored(revision, compacted);
  }

  @Override
  public void compactionFinished() {
    next.compactionFinished();
  }

  @Override
  public void leaseCheckpointed(long id, long seconds) {
    next.leaseCheckpointed(id, seconds);
  }

  @Override
  public void compacted(long previous, long at) {
    next.compacted(previous, at);
  }
}
