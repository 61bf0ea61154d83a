package io.quorate.server.http;

import io.quorate.apply.Alarm;
import io.quorate.base.Bytes;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.RangePlan;
import io.quorate.node.Node;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The facts of a {@link Node}. */
final class NodeHealth implements HealthFacts {
  /** As etcd: a key that nobody can have. */
  private static final Op.Range NO_KEY = Op.Range.of(KeyRange.single(Bytes.EMPTY));

  private final Node node;

  NodeHealth(Node node) {
    this.node = node;
  }

  @Override
  public List<Alarm> alarms() {
    return node.published().alarms();
  }

  @Override
  public boolean hasLeader() {
    return node.hasLeader();
  }

  @Override
  public boolean isLearner() {
    return node.isLearner();
  }

  @Override
  public boolean isQuarantined() {
    return node.isQuarantined();
  }

  @Override
  public CompletionStage<?> read(boolean serializable) {
    CompletionStage<?> confirmed =
        serializable ? CompletableFuture.completedFuture(true) : node.linearize();
    return confirmed.thenCompose(done -> read());
  }

  private CompletionStage<OpResult.Range> read() {
    OpResult.Range now = node.store().readNow(view -> RangePlan.execute(view, NO_KEY));
    return now != null
        ? CompletableFuture.completedFuture(now)
        : CompletableFuture.supplyAsync(
            () -> node.store().read(view -> RangePlan.execute(view, NO_KEY)), node.readerPool());
  }
}
