package io.quorate.mvcc;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a range is answered, in etcd's order: read, prune by the revision bounds, sort, cut at the
 * limit. The limit may end the read early only when neither bounds nor another order follow.
 */
public final class RangePlan {
  private RangePlan() {}

  /** Is told of each pair that a range holds in memory; may refuse by an exception. */
  public interface Meter {
    /** One more pair is held. */
    void add(KeyValue kv);
  }

  private static final Meter UNMETERED = kv -> {};

  /**
   * Refuses a revision that is compacted or not there yet.
   *
   * @throws io.quorate.base.EtcdException {@code COMPACTED} or {@code FUTURE_REV}
   */
  public static void check(StoreView view, long revision) {
    if (revision > view.revision()) {
      throw EtcdError.FUTURE_REV.exception();
    }
    if (revision > 0 && revision < view.compacted()) {
      throw EtcdError.COMPACTED.exception();
    }
  }

  /** The answer of {@code range} on {@code view}; throws as {@link #check} does. */
  public static OpResult.Range execute(StoreView view, Op.Range range) {
    return execute(view, range, UNMETERED);
  }

  /** {@link #execute(StoreView, Op.Range)} with a meter of the pairs that are held in memory. */
  public static OpResult.Range execute(StoreView view, Op.Range range, Meter meter) {
    check(view, range.revision());
    return read(view, range, view.revision(), meter);
  }

  /**
   * The answer of {@code range}, with {@code header} as the newest revision: inside a transaction
   * that has written, one above the view's.
   */
  static OpResult.Range read(StoreView view, Op.Range range, long header) {
    return read(view, range, header, UNMETERED);
  }

  private static OpResult.Range read(StoreView view, Op.Range range, long header, Meter meter) {
    long at = range.revision() > 0 ? range.revision() : header;
    if (range.keys().isSingle()) {
      OpResult.Range one = readSingle(view, range, at, header);
      one.kvs().forEach(meter::add);
      return one;
    }
    try (StoreView.Scan scan = view.scan(range.keys(), at, needsValues(range))) {
      if (range.countOnly()) {
        return new OpResult.Range(header, List.of(), false, scan.countRest());
      }
      return readMany(scan, range, header, meter);
    }
  }

  /**
   * A part of a range in key order.
   *
   * @param revision the newest revision when it was read
   * @param kvs the pairs
   * @param more whether pairs follow in the range
   * @param restCount how many follow, when this part exhausts the pairs asked for; else 0
   */
  public record Chunk(long revision, List<KeyValue> kvs, boolean more, long restCount) {}

  /**
   * Reads the first {@code limit} pairs of {@code range}, which has no order of its own and no
   * bounds; {@code wanted} is how many are still to be read in all.
   */
  public static Chunk chunk(StoreView view, Op.Range range, long limit, long wanted) {
    check(view, range.revision());
    long at = range.revision() > 0 ? range.revision() : view.revision();
    try (StoreView.Scan scan = view.scan(range.keys(), at, needsValues(range))) {
      List<KeyValue> kvs = new ArrayList<>();
      while (kvs.size() < limit) {
        if (!scan.next()) {
          return new Chunk(view.revision(), kvs, false, 0);
        }
        kvs.add(shown(scan.row().kv(), range));
      }
      if (kvs.size() == wanted) {
        long rest = scan.countRest();
        return new Chunk(view.revision(), kvs, rest > 0, rest);
      }
      return new Chunk(view.revision(), kvs, scan.next(), 0);
    }
  }

  /** Sees the pairs of a range one by one; may throw to end the read. */
  public interface Visitor {
    /** Sees a pair, as the answer shows it; false ends the walk before the next one. */
    boolean visit(KeyValue kv);
  }

  /**
   * Where a walk has come.
   *
   * @param next the key to go on from, or null when all pairs asked for were visited
   * @param restCount how many pairs of the range lie behind those asked for
   */
  public record Walk(@Nullable Bytes next, long restCount) {}

  /**
   * Shows the pairs of {@code range}, which is in key order and has no bounds, as of revision
   * {@code at}; its own revision and limit do not count. What was compacted is not refused: who
   * goes on with a walk may do so while the rows are held.
   *
   * @param pairsMax the most pairs asked for; those behind are only counted
   */
  public static Walk walk(StoreView view, Op.Range range, long at, long pairsMax, Visitor visitor) {
    try (StoreView.Scan scan = view.scan(range.keys(), at, needsValues(range))) {
      boolean goOn = true;
      for (long seen = 0; seen < pairsMax; seen++) {
        if (!scan.next()) {
          return new Walk(null, 0);
        }
        if (!goOn) {
          return new Walk(scan.row().key(), 0);
        }
        goOn = visitor.visit(shown(scan.row().kv(), range));
      }
      return new Walk(null, scan.countRest());
    }
  }

  private static boolean needsValues(Op.Range range) {
    return !range.countOnly()
        && (!range.keysOnly() || range.sort().target() == Op.SortTarget.VALUE);
  }

  private static OpResult.Range readSingle(StoreView view, Op.Range range, long at, long header) {
    Row row = view.get(range.keys().from(), at);
    if (row == null) {
      return new OpResult.Range(header, List.of(), false, 0);
    }
    if (range.countOnly() || !range.bounds().admit(row.kv())) {
      return new OpResult.Range(header, List.of(), false, 1);
    }
    return new OpResult.Range(header, List.of(shown(row.kv(), range)), false, 1);
  }

  private static OpResult.Range readMany(
      StoreView.Scan scan, Op.Range range, long header, Meter meter) {
    long readMax = range.endsAtLimit() ? range.limit() : Long.MAX_VALUE;
    List<KeyValue> kvs = new ArrayList<>();
    long count = 0;
    // One pair above the limit is read: it takes part in a sort that comes after the cut.
    while (count <= readMax && scan.next()) {
      count++;
      if (range.bounds().admit(scan.row().kv())) {
        KeyValue kv = scan.row().kv();
        meter.add(kv);
        kvs.add(kv);
      }
    }
    if (count > readMax) {
      count += scan.countRest();
    }
    if (!range.inKeyOrder()) {
      kvs.sort(order(range));
    }
    boolean more = range.limit() > 0 && kvs.size() > range.limit();
    List<KeyValue> cut = more ? kvs.subList(0, (int) range.limit()) : kvs;
    if (range.keysOnly()) {
      cut.replaceAll(kv -> shown(kv, range));
    }
    return new OpResult.Range(header, cut, more, count);
  }

  /** The pair as the answer shows it. */
  private static KeyValue shown(KeyValue kv, Op.Range range) {
    if (!range.keysOnly()) {
      return kv;
    }
    // The reference serves keys-only from its index, which knows no leases, unless it sorts by
    // value; clients see the difference.
    long lease = range.sort().target() == Op.SortTarget.VALUE ? kv.lease() : 0;
    return new KeyValue(
        kv.key(), kv.createRevision(), kv.modRevision(), kv.version(), Bytes.EMPTY, lease);
  }

  /** {@code kvs}, which come in key order, in the order that {@code range} asks for. */
  public static List<KeyValue> sorted(Op.Range range, List<KeyValue> kvs) {
    if (range.inKeyOrder()) {
      return kvs;
    }
    List<KeyValue> sorted = new ArrayList<>(kvs);
    sorted.sort(order(range));
    return sorted;
  }

  private static Comparator<KeyValue> order(Op.Range range) {
    Comparator<KeyValue> ascending =
        switch (range.sort().target()) {
          case KEY -> Comparator.comparing(KeyValue::key);
          case VERSION -> Comparator.comparingLong(KeyValue::version);
          case CREATE -> Comparator.comparingLong(KeyValue::createRevision);
          case MOD -> Comparator.comparingLong(KeyValue::modRevision);
          case VALUE -> Comparator.comparing(KeyValue::value);
        };
    return range.sort().order() == Op.SortOrder.DESCEND ? ascending.reversed() : ascending;
  }
}
