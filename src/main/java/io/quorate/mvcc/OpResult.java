package io.quorate.mvcc;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an {@link Op} answers. Each carries the revision that its response header shows. */
public sealed interface OpResult {
  /** The revision for the response's header. */
  long revision();

  /**
   * The pairs of a range.
   *
   * @param revision the newest revision when it was read
   * @param kvs the pairs, in the order asked for
   * @param more whether the limit cut some off
   * @param count the pairs in the range, whatever the limit and the revision bounds
   */
  record Range(long revision, List<KeyValue> kvs, boolean more, long count) implements OpResult {}

  /**
   * A put was done.
   *
   * @param revision the revision it wrote
   * @param previous the pair before, when asked for and there
   */
  record Put(long revision, @Nullable KeyValue previous) implements OpResult {}

  /**
   * A deletion was done.
   *
   * @param revision the revision it wrote, or the newest when nothing was there
   * @param deleted the number of keys deleted
   * @param previous the pairs before, when asked for
   */
  record DeleteRange(long revision, long deleted, List<KeyValue> previous) implements OpResult {}

  /**
   * A transaction was done.
   *
   * @param revision the newest revision after it
   * @param succeeded whether all compares held
   * @param results what the operations of the chosen list answered, in order
   */
  record Txn(long revision, boolean succeeded, List<OpResult> results) implements OpResult {}
}
