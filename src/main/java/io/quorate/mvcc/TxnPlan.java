package io.quorate.mvcc;

import io.quorate.base.Bytes;
import io.quorate.base.Check;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A transaction in etcd's three passes: all guards first, nested ones too, against the state before
 * it; then every operation of the chosen lists is checked; then they are done. So a nested guard
 * never sees what its parent wrote, and nothing is written when anything is refused.
 */
public final class TxnPlan {
  private final StoreView before;
  private final Deque<Boolean> path = new ArrayDeque<>();

  private TxnPlan(StoreView before) {
    this.before = before;
  }

  /** Runs {@code op}, a transaction that writes, through {@code write}. */
  public static OpResult.Txn execute(StoreView before, WriteTxn write, Op.Txn op) {
    TxnPlan plan = new TxnPlan(before);
    plan.choose(op);
    List<Boolean> chosen = List.copyOf(plan.path);
    plan.check(write, op);
    plan.path.addAll(chosen);
    return plan.run(write, op);
  }

  /** The answer of {@code op}, a transaction of ranges alone. */
  public static OpResult.Txn read(StoreView view, Op.Txn op) {
    return read(view, op, kv -> {});
  }

  /** {@link #read(StoreView, Op.Txn)} with a meter of the pairs that are held in memory. */
  public static OpResult.Txn read(StoreView view, Op.Txn op, RangePlan.Meter meter) {
    boolean succeeded = new TxnPlan(view).holds(op.compares());
    List<OpResult> results = new ArrayList<>();
    List<Op> ops = succeeded ? op.success() : op.failure();
    for (Op each : ops) {
      RangePlan.check(view, ((Op.Range) each).revision());
    }
    for (Op each : ops) {
      results.add(RangePlan.execute(view, (Op.Range) each, meter));
    }
    return new OpResult.Txn(view.revision(), succeeded, results);
  }

  private void choose(Op.Txn op) {
    boolean succeeded = holds(op.compares());
    path.addLast(succeeded);
    for (Op each : succeeded ? op.success() : op.failure()) {
      if (each instanceof Op.Txn nested) {
        choose(nested);
      }
    }
  }

  private void check(WriteTxn write, Op.Txn op) {
    for (Op each : path.removeFirst() ? op.success() : op.failure()) {
      switch (each.kind()) {
        case RANGE -> RangePlan.check(before, ((Op.Range) each).revision());
        case PUT -> write.check((Op.Put) each);
        case TXN -> check(write, (Op.Txn) each);
        case DELETE_RANGE -> Check.that(true, "a deletion is never refused");
      }
    }
  }

  private OpResult.Txn run(WriteTxn write, Op.Txn op) {
    boolean succeeded = path.removeFirst();
    List<OpResult> results = new ArrayList<>();
    for (Op each : succeeded ? op.success() : op.failure()) {
      results.add(
          switch (each.kind()) {
            case RANGE -> write.range((Op.Range) each);
            case PUT -> write.put((Op.Put) each);
            case DELETE_RANGE -> write.deleteRange((Op.DeleteRange) each);
            case TXN -> run(write, (Op.Txn) each);
          });
    }
    return new OpResult.Txn(write.shownRevision(), succeeded, results);
  }

  private boolean holds(List<Op.Compare> compares) {
    for (Op.Compare compare : compares) {
      if (!holds(compare)) {
        return false;
      }
    }
    return true;
  }

  private boolean holds(Op.Compare compare) {
    if (compare.keys().isSingle()) {
      Row row = before.get(compare.keys().from(), before.revision());
      return row == null ? holdsForNone(compare) : holds(compare, row.kv());
    }
    try (StoreView.Scan scan = before.scan(compare.keys(), before.revision(), true)) {
      if (!scan.next()) {
        return holdsForNone(compare);
      }
      do {
        if (!holds(compare, scan.row().kv())) {
          return false;
        }
      } while (scan.next());
      return true;
    }
  }

  /** A missing key has no value, not even an empty one; its numbers are all 0. */
  private static boolean holdsForNone(Op.Compare compare) {
    return compare.target() != Op.Target.VALUE && holds(compare, KeyValue.deleted(Bytes.EMPTY, 0));
  }

  private static boolean holds(Op.Compare compare, KeyValue kv) {
    int order =
        switch (compare.target()) {
          case VERSION -> Long.compare(kv.version(), compare.number());
          case CREATE -> Long.compare(kv.createRevision(), compare.number());
          case MOD -> Long.compare(kv.modRevision(), compare.number());
          case LEASE -> Long.compare(kv.lease(), compare.number());
          case VALUE -> kv.value().compareTo(valueOf(compare));
        };
    return switch (compare.relation()) {
      case EQUAL -> order == 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
      case NOT_EQUAL -> order != 0;
    };
  }

  private static Bytes valueOf(Op.Compare compare) {
    Bytes value = compare.value();
    return value == null ? Bytes.EMPTY : value;
  }
}
