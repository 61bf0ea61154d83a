package io.quorate.mvcc;

import io.quorate.base.Bytes;
import io.quorate.base.Coded;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request asks of the keys, alone or within a transaction. */
public sealed interface Op {
  /** Which of the operations this is. */
  enum Kind implements Coded {
    RANGE(0),
    PUT(1),
    DELETE_RANGE(2),
    TXN(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  /** Which of the operations this is. */
  Kind kind();

  /** The order of a range's pairs. */
  enum SortOrder implements Coded {
    NONE(0),
    ASCEND(1),
    DESCEND(2);

    private final int code;

    SortOrder(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  /** What a range's pairs are sorted by. */
  enum SortTarget implements Coded {
    KEY(0),
    VERSION(1),
    CREATE(2),
    MOD(3),
    VALUE(4);

    private final int code;

    SortTarget(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  /**
   * How a range's pairs are sorted.
   *
   * @param order the order; {@code NONE} with a target other than the key means ascending
   * @param target what is sorted by
   */
  record Sort(SortOrder order, SortTarget target) {
    /** The order of the keys. */
    public static final Sort NONE = new Sort(SortOrder.NONE, SortTarget.KEY);
  }

  /**
   * Bounds on the revisions of a range's pairs; 0 is no bound.
   *
   * @param minMod lowest mod revision
   * @param maxMod highest mod revision
   * @param minCreate lowest create revision
   * @param maxCreate highest create revision
   */
  record RevisionBounds(long minMod, long maxMod, long minCreate, long maxCreate) {
    /** No bounds. */
    public static final RevisionBounds NONE = new RevisionBounds(0, 0, 0, 0);

    /** Whether any bound is set. */
    public boolean any() {
      return minMod != 0 || maxMod != 0 || minCreate != 0 || maxCreate != 0;
    }

    boolean admit(KeyValue kv) {
      return (maxMod == 0 || kv.modRevision() <= maxMod)
          && (minMod == 0 || kv.modRevision() >= minMod)
          && (maxCreate == 0 || kv.createRevision() <= maxCreate)
          && (minCreate == 0 || kv.createRevision() >= minCreate);
    }
  }

  /**
   * Reads keys.
   *
   * @param keys which
   * @param limit the most pairs to answer, 0 or less for all
   * @param revision at which revision, 0 or less for the newest
   * @param sort the order of the pairs
   * @param keysOnly leave the values out
   * @param countOnly answer the count alone
   * @param bounds which revisions pass
   */
  record Range(
      KeyRange keys,
      long limit,
      long revision,
      Sort sort,
      boolean keysOnly,
      boolean countOnly,
      RevisionBounds bounds)
      implements Op {
    /** All of {@code keys} at the newest revision. */
    public static Range of(KeyRange keys) {
      return new Range(keys, 0, 0, Sort.NONE, false, false, RevisionBounds.NONE);
    }

    /** Whether the answer's order is that of the keys, which is the store's own. */
    public boolean inKeyOrder() {
      return sort.target() == SortTarget.KEY && sort.order() != SortOrder.DESCEND;
    }

    /**
     * Whether the read may end one pair above the limit. As in the reference this holds for any
     * target when no order is given: the pairs are then sorted after the cut.
     */
    boolean endsAtLimit() {
      return limit > 0 && !bounds.any() && (sort.order() == SortOrder.NONE || inKeyOrder());
    }

    @Override
    public Kind kind() {
      return Kind.RANGE;
    }
  }

  /**
   * Writes a key.
   *
   * @param key which
   * @param value the new value
   * @param lease the lease to attach, 0 for none
   * @param prevKv whether the answer carries the pair before
   * @param ignoreValue keep the value there is
   * @param ignoreLease keep the lease there is
   */
  record Put(
      Bytes key, Bytes value, long lease, boolean prevKv, boolean ignoreValue, boolean ignoreLease)
      implements Op {
    @Override
    public Kind kind() {
      return Kind.PUT;
    }
  }

  /**
   * Deletes keys.
   *
   * @param keys which
   * @param prevKv whether the answer carries the pairs before
   */
  record DeleteRange(KeyRange keys, boolean prevKv) implements Op {
    @Override
    public Kind kind() {
      return Kind.DELETE_RANGE;
    }
  }

  /**
   * Does one list of operations or the other, atomically.
   *
   * @param compares the guard; all must hold
   * @param success what is done when they hold
   * @param failure what is done otherwise
   */
  record Txn(List<Compare> compares, List<Op> success, List<Op> failure) implements Op {
    /** Copies the lists. */
    public Txn {
      compares = List.copyOf(compares);
      success = List.copyOf(success);
      failure = List.copyOf(failure);
    }

    /** Whether neither list holds anything but ranges; a nested transaction counts as a write. */
    public boolean isReadOnly() {
      return success.stream().allMatch(op -> op.kind() == Kind.RANGE)
          && failure.stream().allMatch(op -> op.kind() == Kind.RANGE);
    }

    @Override
    public Kind kind() {
      return Kind.TXN;
    }
  }

  /** What a compare looks at. */
  enum Target implements Coded {
    VERSION(0),
    CREATE(1),
    MOD(2),
    VALUE(3),
    LEASE(4);

    private final int code;

    Target(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  /** What a compare demands. */
  enum Relation implements Coded {
    EQUAL(0),
    GREATER(1),
    LESS(2),
    NOT_EQUAL(3);

    private final int code;

    Relation(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  /**
   * One guard of a transaction: holds when it holds for each key of the range; a range without keys
   * compares as a key whose numbers are all 0, and never holds for a value.
   *
   * @param keys the keys looked at
   * @param target what of them
   * @param relation how it must relate to the operand
   * @param number the operand of a number
   * @param value the operand of a value, else null
   */
  record Compare(
      KeyRange keys, Target target, Relation relation, long number, @Nullable Bytes value) {}
}
