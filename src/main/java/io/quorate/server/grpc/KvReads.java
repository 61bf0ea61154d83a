package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.RangePlan;
import io.quorate.mvcc.StoreView;
import io.quorate.mvcc.TxnPlan;
import io.quorate.node.Completion;
import io.quorate.node.Confirmed;
import io.quorate.node.Node;
import java.util.List;
import java.util.function.Function;

/** How ranges and transactions of ranges are read and answered, within one budget of memory. */
final class KvReads {
  /** What a pair takes on the heap beside key and value, in bytes; rounded up. */
  private static final int PAIR_BYTES = 128;

  /** In steps of so many bytes a collecting read takes from the budget. */
  private static final int STEP_BYTES = 64 * 1024;

  private final Node node;
  private final KvAnswers answers;
  private final RangeBudget budget;

  KvReads(Node node, KvAnswers answers, RangeBudget budget) {
    this.node = node;
    this.answers = answers;
    this.budget = budget;
  }

  private interface Read {
    void run(RangeBudget.Share share);
  }

  /** Answers a range. */
  void range(Op.Range range, boolean serializable, UnaryReply reply) {
    node.metrics().rangeRead();
    boolean single = range.keys().isSingle();
    if (single || range.countOnly()) {
      read(serializable, single, reply, share -> small(range, single, share, reply));
    } else if (RangeCall.isFor(range)) {
      read(
          serializable,
          false,
          reply,
          share -> new RangeCall(node, answers, share, range, reply).run());
    } else {
      read(serializable, false, reply, share -> collected(range, share, reply));
    }
  }

  /** Answers a transaction of ranges. */
  void txn(Op.Txn txn, boolean serializable, UnaryReply reply) {
    read(serializable, false, reply, share -> txn(txn, share, reply));
  }

  private void read(boolean serializable, boolean inPlace, UnaryReply reply, Read read) {
    Runnable answer = () -> answer(reply, read);
    Runnable run = inPlace ? answer : () -> node.readerPool().execute(answer);
    if (serializable) {
      run.run();
      return;
    }
    node.linearize(
        new Completion<Confirmed>() {
          @Override
          public void done(Confirmed confirmed) {
            run.run();
          }

          @Override
          public void refused(EtcdException refusal) {
            reply.fail(refusal);
          }
        });
  }

  private void answer(UnaryReply reply, Read read) {
    if (reply.isDone()) {
      return;
    }
    RangeBudget.Share share = budget.share();
    try {
      read.run(share);
    } catch (EtcdException refusal) {
      share.close();
      reply.fail(refusal);
    } catch (RuntimeException failure) {
      share.close();
      reply.fail(EtcdError.Code.INTERNAL, "etcdserver: " + failure);
      throw failure;
    }
  }

  private void small(Op.Range range, boolean inPlace, RangeBudget.Share share, UnaryReply reply) {
    Function<StoreView, OpResult.Range> plan = view -> RangePlan.execute(view, range);
    OpResult.Range result = inPlace ? node.store().readNow(plan) : node.store().read(plan);
    if (result == null) {
      share.close();
      Read again = other -> small(range, false, other, reply);
      node.readerPool().execute(() -> answer(reply, again));
      return;
    }
    Framed message = answers.range(result);
    if (message.length() > LargeAnswer.UNCOUNTED_BYTES_MAX) {
      share.take(message.length() + LargeAnswer.TAIL_BYTES);
    }
    LargeAnswer.send(reply, message, share);
  }

  /** A range whose first pair is known when all are read: sorted, or bounded by revisions. */
  private void collected(Op.Range range, RangeBudget.Share share, UnaryReply reply) {
    Meter meter = new Meter(share);
    OpResult.Range result = node.store().read(view -> RangePlan.execute(view, range, meter));
    // A copy, which the pairs that the limit cut off do not stay with.
    List<KeyValue> kvs = List.copyOf(result.kvs());
    long bytes = 0;
    int largest = 0;
    long heap = 0;
    for (KeyValue kv : kvs) {
      int pair = KvAnswers.pairSize(kv);
      bytes += pair;
      largest = Math.max(largest, pair);
      heap += heapBytes(kv);
    }
    if (bytes <= RangeCall.WHOLE_BYTES_MAX) {
      meter.leave(0);
      share.take(bytes + LargeAnswer.TAIL_BYTES);
      LargeAnswer.send(reply, answers.range(result, bytes), share);
      return;
    }
    meter.leave(heap);
    RangeParts.Size size =
        new RangeParts.Size(
            result.revision(), kvs.size(), bytes, largest, result.more(), result.count());
    Framed begin = answers.begin(size.revision(), bytes, size.more(), size.count());
    share.take(size.heldBytes());
    RangeParts.send(
        reply.stream(share::close),
        begin,
        size,
        (from, passed, visitor) -> show(kvs, passed, visitor),
        node.readerPool(),
        range.keys().from(),
        () -> {});
  }

  private static void show(List<KeyValue> kvs, long passed, RangePlan.Visitor visitor) {
    int i = (int) passed;
    while (i < kvs.size() && visitor.visit(kvs.get(i))) {
      i++;
    }
  }

  private void txn(Op.Txn txn, RangeBudget.Share share, UnaryReply reply) {
    Meter meter = new Meter(share);
    OpResult.Txn result = node.store().read(view -> TxnPlan.read(view, txn, meter));
    node.metrics().read(result);
    // As much again for the message; then the pairs are garbage.
    long collected = meter.takenBytes();
    share.take(collected);
    Framed message = answers.of(result);
    long rest = Math.min(2 * collected, message.length() + (long) LargeAnswer.TAIL_BYTES);
    share.give(2 * collected - rest);
    LargeAnswer.send(reply, message, share);
  }

  private static long heapBytes(KeyValue kv) {
    return PAIR_BYTES + kv.key().size() + (long) kv.value().size();
  }

  /** Takes from the budget what a read collects. */
  private static final class Meter implements RangePlan.Meter {
    private final RangeBudget.Share share;
    private long seen;
    private long taken;

    Meter(RangeBudget.Share share) {
      this.share = share;
    }

    @Override
    public void add(KeyValue kv) {
      seen += heapBytes(kv);
      if (seen > taken) {
        long step = seen - taken + STEP_BYTES;
        share.take(step);
        taken += step;
      }
    }

    long takenBytes() {
      return taken;
    }

    /** Gives back all but {@code bytes}. */
    void leave(long bytes) {
      long rest = Math.min(bytes, taken);
      share.give(taken - rest);
      taken = rest;
    }
  }
}
