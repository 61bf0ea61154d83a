package io.quorate.server.grpc;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.RangePlan;
import io.quorate.mvcc.StoreView;
import io.quorate.node.CompactionHold;
import io.quorate.node.Node;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One Range over many keys, in key order and without revision bounds. A first pass counts what the
 * answer takes; a small answer is collected on the way and sent whole. A large one is read a second
 * time while it is sent, at the same revision, so that the heap never holds it. Both passes leave
 * the store's view every now and then, since an open view pins pages; from the first time on a hold
 * keeps compaction from removing the rows of the revision.
 */
final class RangeCall {
  /** Up to this size of its pairs an answer is built whole. */
  static final int WHOLE_BYTES_MAX = 512 * 1024;

  /** What the first pass looks at within one view. */
  private static final int SLICE_PAIRS_MAX = 20_000;

  private static final long SLICE_BYTES_MAX = 16L << 20;

  private final Node node;
  private final KvAnswers answers;
  private final RangeBudget.Share share;
  private final Op.Range range;
  private final UnaryReply reply;

  private long at;
  private long headerRevision;
  private Bytes from;
  private @Nullable List<KeyValue> kept = new ArrayList<>();
  private long pairs;
  private long pairsBytes;
  private int pairBytesMax;
  private long count;
  private boolean more;
  private long slicePairs;
  private long sliceBytes;
  private CompactionHold.@Nullable Hold hold;

  /**
   * A call that has not begun.
   *
   * @param share is closed when the answer has left
   */
  RangeCall(
      Node node, KvAnswers answers, RangeBudget.Share share, Op.Range range, UnaryReply reply) {
    this.node = node;
    this.answers = answers;
    this.share = share;
    this.range = range;
    this.reply = reply;
    this.from = range.keys().from();
  }

  /** Whether a range can be answered by this: the others need all pairs before the first. */
  static boolean isFor(Op.Range range) {
    return !range.keys().isSingle()
        && !range.countOnly()
        && range.inKeyOrder()
        && !range.bounds().any();
  }

  /** Reads and answers, on a thread that may block; throws when it is refused. */
  void run() {
    boolean sending = false;
    try {
      while (!node.store().read(this::count)) {
        // The next view.
      }
      List<KeyValue> whole = kept;
      if (whole != null) {
        sendWhole(whole);
      } else {
        sendParts();
      }
      sending = true;
    } finally {
      if (!sending) {
        end();
      }
    }
  }

  private void sendWhole(List<KeyValue> whole) {
    if (LargeAnswer.isCounted(pairsBytes)) {
      share.take(pairsBytes + LargeAnswer.TAIL_BYTES);
    }
    letGo();
    OpResult.Range result = new OpResult.Range(headerRevision, whole, more, count);
    LargeAnswer.send(reply, answers.range(result, pairsBytes), share);
  }

  private void sendParts() {
    RangeParts.Size size =
        new RangeParts.Size(headerRevision, pairs, pairsBytes, pairBytesMax, more, count);
    Framed begin = answers.begin(headerRevision, pairsBytes, more, count);
    share.take(size.heldBytes());
    Outbound out = reply.stream(this::end);
    RangeParts.send(
        out, begin, size, this::show, node.readerPool(), range.keys().from(), this::letGo);
  }

  /** Nothing of the call is left. */
  private void end() {
    letGo();
    share.close();
  }

  private void letGo() {
    CompactionHold.Hold held = hold;
    if (held != null) {
      held.close();
    }
  }

  // ---- the first pass

  /** Goes on counting; false when there is more to count in another view. */
  private boolean count(StoreView view) {
    if (hold == null) {
      RangePlan.check(view, range.revision());
      headerRevision = view.revision();
      at = range.revision() > 0 ? range.revision() : headerRevision;
    } else {
      checkHeld(view);
    }
    slicePairs = 0;
    sliceBytes = 0;
    long wanted = range.limit() > 0 ? range.limit() : Long.MAX_VALUE;
    RangePlan.Walk walk = RangePlan.walk(view, rest(from), at, wanted - pairs, this::visit);
    Bytes next = walk.next();
    if ((next != null || kept == null) && hold == null && !holdRows()) {
      return false;
    }
    if (next != null) {
      from = next;
      return false;
    }
    count = pairs + walk.restCount();
    more = walk.restCount() > 0;
    return true;
  }

  private boolean visit(KeyValue kv) {
    int bytes = KvAnswers.pairSize(kv);
    pairs++;
    pairsBytes += bytes;
    pairBytesMax = Math.max(pairBytesMax, bytes);
    slicePairs++;
    sliceBytes += bytes;
    List<KeyValue> list = kept;
    if (list != null) {
      if (pairsBytes > WHOLE_BYTES_MAX) {
        kept = null;
      } else {
        list.add(kv);
      }
    }
    return slicePairs < SLICE_PAIRS_MAX && sliceBytes < SLICE_BYTES_MAX;
  }

  /** Holds the rows; if a compaction came before, the count begins anew and this is false. */
  private boolean holdRows() {
    CompactionHold.Hold taken = node.compactionHold().take(at);
    if (node.store().compacted() <= at) {
      hold = taken;
      return true;
    }
    taken.close();
    from = range.keys().from();
    kept = new ArrayList<>();
    pairs = 0;
    pairsBytes = 0;
    pairBytesMax = 0;
    return false;
  }

  private void checkHeld(StoreView view) {
    CompactionHold.Hold held = hold;
    if (view.compacted() > at && (held == null || held.isBroken())) {
      throw EtcdError.COMPACTED.exception();
    }
  }

  // ---- the second pass

  private void show(Bytes first, long passed, RangePlan.Visitor visitor) {
    node.store()
        .read(
            view -> {
              checkHeld(view);
              return RangePlan.walk(view, rest(first), at, Long.MAX_VALUE, visitor);
            });
  }

  private Op.Range rest(Bytes first) {
    return new Op.Range(
        new KeyRange(first, range.keys().to()),
        0,
        at,
        range.sort(),
        range.keysOnly(),
        false,
        range.bounds());
  }
}
