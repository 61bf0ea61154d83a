package io.quorate.client;

import java.util.Arrays;
import java.util.List;

/**
 * Does one list of steps if every comparison holds, and the other one if not, as one revision.
 * Source: {@code etcdserverpb.TxnRequest}.
 *
 * @param compares what has to hold; nothing always holds
 * @param then what to do then
 * @param otherwise what to do if not
 */
public record Txn(List<Compare> compares, List<Op> then, List<Op> otherwise) implements Op {
  /** Copies the lists. */
  public Txn {
    compares = List.copyOf(compares);
    then = List.copyOf(then);
    otherwise = List.copyOf(otherwise);
  }

  /** A transaction of {@code compares}, which does nothing yet. */
  public static Txn when(Compare... compares) {
    return new Txn(Arrays.asList(compares), List.of(), List.of());
  }

  /** The same, which does {@code ops} if the comparisons hold. */
  public Txn then(Op... ops) {
    return new Txn(compares, Arrays.asList(ops), otherwise);
  }

  /** The same, which does {@code ops} if they do not. */
  public Txn otherwise(Op... ops) {
    return new Txn(compares, then, Arrays.asList(ops));
  }

  @Override
  public boolean isRead() {
    return then.stream().allMatch(Op::isRead) && otherwise.stream().allMatch(Op::isRead);
  }
}
