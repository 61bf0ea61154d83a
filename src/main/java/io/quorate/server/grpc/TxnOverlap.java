package io.quorate.server.grpc;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Refuses a transaction that would write a key twice: two puts, or a put of a key that it deletes,
 * in lists that may both run. The two lists of one transaction exclude each other.
 */
final class TxnOverlap {
  private final TreeSet<Bytes> puts = new TreeSet<>();
  private final List<KeyRange> deletes = new ArrayList<>();

  private TxnOverlap() {}

  /**
   * Looks at both lists of {@code txn} and at all below.
   *
   * @throws io.quorate.base.EtcdException {@code DUPLICATE_KEY}
   */
  static void check(Op.Txn txn) {
    of(txn.success());
    of(txn.failure());
  }

  private static TxnOverlap of(List<Op> ops) {
    TxnOverlap all = new TxnOverlap();
    for (Op op : ops) {
      if (op instanceof Op.DeleteRange delete) {
        all.deletes.add(delete.keys());
      }
    }
    for (Op op : ops) {
      if (op instanceof Op.Txn nested) {
        TxnOverlap success = of(nested.success());
        TxnOverlap failure = of(nested.failure());
        all.takePuts(success.puts, Set.of());
        all.takePuts(failure.puts, success.puts);
        all.deletes.addAll(success.deletes);
        all.deletes.addAll(failure.deletes);
      }
    }
    for (Op op : ops) {
      if (op instanceof Op.Put put) {
        all.takePuts(Set.of(put.key()), Set.of());
      }
    }
    return all;
  }

  private void takePuts(Set<Bytes> keys, Set<Bytes> mayRepeat) {
    for (Bytes key : keys) {
      boolean twice = !puts.add(key) && !mayRepeat.contains(key);
      if (twice || deletes.stream().anyMatch(range -> overlaps(range, key))) {
        throw EtcdError.DUPLICATE_KEY.exception();
      }
    }
  }

  /**
   * The reference takes the end of "all keys from here on" for a key like any other here, which
   * leaves the range empty; such a deletion never counts as an overlap.
   */
  private static boolean overlaps(KeyRange range, Bytes key) {
    return range.to() != null && range.contains(key);
  }
}
