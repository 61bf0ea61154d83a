package io.quorate.client;

import io.quorate.client.wire.Method;
import io.quorate.client.wire.Method.Repeat;
import io.quorate.client.wire.Methods;
import io.quorate.client.wire.Wire;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * A range, part by part, all at the revision of the first. A part is about {@value #PAGE_BYTES}
 * bytes: how many keys that are is learnt from the part before. Not for several threads at once,
 * and asked for one part at a time.
 */
final class Pager {
  /** About how many bytes a part has. */
  static final int PAGE_BYTES = 512 * 1024;

  private static final int FIRST_KEYS = 64;
  private static final int KEYS_MAX = 8_192;

  /** How many times more keys than the last part the next one has at most. */
  private static final int GROWTH_MAX = 8;

  /** What a key costs beside its own bytes, so that empty values do not count as nothing. */
  private static final int KEY_OVERHEAD_BYTES = 64;

  private final Wire wire;
  private Range rest;
  private long left;
  private long pageKeys = FIRST_KEYS;

  /**
   * A part.
   *
   * @param revision that of all parts
   * @param kvs in the order of their keys
   * @param isLast whether there is no other
   */
  record Page(long revision, List<KeyValue> kvs, boolean isLast) {}

  Pager(Wire wire, Range range) {
    this.wire = wire;
    this.rest = range;
    this.left = range.limit() == 0 ? Long.MAX_VALUE : range.limit();
  }

  static Method<io.quorate.proto.etcd.RangeRequest, io.quorate.proto.etcd.RangeResponse> method(
      Range range) {
    return range.isSerializable() ? Methods.RANGE.with(Repeat.ANYWHERE) : Methods.RANGE;
  }

  /** The next part. Fails with {@link ClientException}. */
  CompletionStage<Page> next() {
    // Sorted otherwise than by key, the first part can only be found by looking at everything.
    boolean isWhole = !rest.order().equals(Range.Order.KEY) || rest.keys().isSingle();
    Range asked = isWhole ? rest : rest.limit(Math.min(pageKeys, left));
    return wire.call(
        method(asked),
        Requests.range(asked),
        answer -> {
          RangeResult result = Answers.range(answer);
          return isWhole ? new Page(result.revision(), result.kvs(), true) : part(result);
        });
  }

  private Page part(RangeResult result) {
    List<KeyValue> kvs = result.kvs();
    if (rest.revision() == 0) {
      rest = rest.at(result.revision());
    }
    boolean isLast = kvs.isEmpty() || !result.more() || kvs.size() >= left;
    if (!kvs.isEmpty()) {
      pageKeys = keysOfNext(kvs);
    }
    told(kvs);
    return new Page(rest.revision(), kvs, isLast);
  }

  /** What is left to be told, all of it, as of the revision of the first part. */
  Range rest() {
    return left == Long.MAX_VALUE ? rest.limit(0) : rest.limit(left);
  }

  /** {@code kvs} were told, in this way or another; what is left lies behind them. */
  void told(List<KeyValue> kvs) {
    if (!kvs.isEmpty()) {
      left = left == Long.MAX_VALUE ? left : left - kvs.size();
      rest = rest.over(rest.keys().after(kvs.get(kvs.size() - 1).key()));
    }
  }

  private static long keysOfNext(List<KeyValue> kvs) {
    long bytes = 0;
    for (KeyValue kv : kvs) {
      bytes += kv.key().size() + kv.value().size() + KEY_OVERHEAD_BYTES;
    }
    long fitting = (long) kvs.size() * PAGE_BYTES / bytes;
    return Math.max(1, Math.min(KEYS_MAX, Math.min(fitting, (long) kvs.size() * GROWTH_MAX)));
  }
}
