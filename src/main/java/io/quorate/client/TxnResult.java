package io.quorate.client;

import java.util.List;

/**
 * The answer to a {@link Txn}.
 *
 * @param revision the revision of the store afterwards
 * @param succeeded whether all comparisons held
 * @param results the answers to the steps that were done, in their order
 */
public record TxnResult(long revision, boolean succeeded, List<OpResult> results)
    implements OpResult {
  /** The answer to the step at {@code index}, which was a {@link Range}. */
  public RangeResult range(int index) {
    return (RangeResult) results.get(index);
  }
}
