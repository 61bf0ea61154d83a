package io.quorate.client;

import io.quorate.base.Bytes;

/**
 * Reads keys. Source: {@code etcdserverpb.RangeRequest}.
 *
 * @param keys which ones
 * @param limit how many at most; 0 for all
 * @param revision as they were then; 0 for now
 * @param order how they are sorted
 * @param parts what of them is wanted
 * @param isSerializable answered by any member from what it has, perhaps late; otherwise the answer
 *     holds every write that was acknowledged before it was asked
 * @param bounds which of them are wanted, by their revisions
 */
public record Range(
    Interval keys,
    long limit,
    long revision,
    Order order,
    Parts parts,
    boolean isSerializable,
    Bounds bounds)
    implements Op {

  /** What of each key is wanted. */
  public enum Parts {
    ALL,
    KEYS,
    COUNT
  }

  /** What keys are sorted by. */
  public enum SortBy {
    KEY,
    VERSION,
    CREATE_REVISION,
    MOD_REVISION,
    VALUE
  }

  /** How keys are sorted. */
  public record Order(SortBy by, boolean isDescending) {
    /** By key, ascending: as they lie. */
    public static final Order KEY = new Order(SortBy.KEY, false);
  }

  /** Bounds of revisions, both inclusive; 0 for none. */
  public record Bounds(long modMin, long modMax, long createMin, long createMax) {
    /** No bound. */
    public static final Bounds NONE = new Bounds(0, 0, 0, 0);
  }

  /** Reads all of {@code keys}, linearizable. */
  public static Range of(Interval keys) {
    return new Range(keys, 0, 0, Order.KEY, Parts.ALL, false, Bounds.NONE);
  }

  /** Reads one key, linearizable. */
  public static Range of(Bytes key) {
    return of(Interval.of(key));
  }

  /** Reads one key, in UTF-8, linearizable. */
  public static Range of(String key) {
    return of(Interval.of(key));
  }

  /** Reads all keys with a prefix, linearizable. */
  public static Range prefix(String prefix) {
    return of(Interval.prefix(prefix));
  }

  /** The same, of other keys. */
  Range over(Interval others) {
    return new Range(others, limit, revision, order, parts, isSerializable, bounds);
  }

  /** The same, with at most {@code keysMax} keys. */
  public Range limit(long keysMax) {
    return new Range(keys, keysMax, revision, order, parts, isSerializable, bounds);
  }

  /** The same, as it was at {@code past}. */
  public Range at(long past) {
    return new Range(keys, limit, past, order, parts, isSerializable, bounds);
  }

  /** The same, sorted. */
  public Range sorted(SortBy by, boolean isDescending) {
    return new Range(
        keys, limit, revision, new Order(by, isDescending), parts, isSerializable, bounds);
  }

  /** The same, of which only some parts are wanted. */
  public Range only(Parts wanted) {
    return new Range(keys, limit, revision, order, wanted, isSerializable, bounds);
  }

  /** The same, answered by any member from what it has. */
  public Range serializable() {
    return new Range(keys, limit, revision, order, parts, true, bounds);
  }

  /** The same, of keys whose revisions lie in {@code wanted}. */
  public Range within(Bounds wanted) {
    return new Range(keys, limit, revision, order, parts, isSerializable, wanted);
  }

  @Override
  public boolean isRead() {
    return true;
  }
}
