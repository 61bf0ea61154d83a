package io.quorate.apply;

import io.quorate.mvcc.Op;
import java.util.List;

/**
 * The space that a request may need, as the reference estimates it: of a transaction's two lists
 * the dearer one, and nothing for deletions and reads.
 */
public final class SpaceCost {
  /** What a put costs beyond its key and value, in bytes. */
  private static final int PUT_OVERHEAD_BYTES = 256;

  /** What a lease costs, in bytes. */
  public static final int LEASE_BYTES = LeaseTable.COUNTED_BYTES;

  private SpaceCost() {}

  /** The bytes that {@code op} may need; 0 when it may not need any. */
  public static long of(Op op) {
    return switch (op.kind()) {
      case PUT -> {
        Op.Put put = (Op.Put) op;
        yield PUT_OVERHEAD_BYTES + (long) put.key().size() + put.value().size();
      }
      case TXN -> Math.max(sum(((Op.Txn) op).success()), sum(((Op.Txn) op).failure()));
      case RANGE, DELETE_RANGE -> 0;
    };
  }

  private static long sum(List<Op> ops) {
    long bytes = 0;
    for (Op op : ops) {
      bytes += of(op);
    }
    return bytes;
  }
}
