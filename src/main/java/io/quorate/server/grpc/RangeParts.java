package io.quorate.server.grpc;

import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.RangePlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Sends a RangeResponse whose size is known in parts: the pairs of a part are read when the part
 * before has been taken, so an answer that nobody reads holds three parts, whatever its size: one
 * that has nearly left, one that the connection holds and one that waits. Steps follow one another,
 * each on the executor.
 */
final class RangeParts {
  /** A part of small pairs: what the connection sends in one go. */
  static final int PART_BYTES = 64 * 1024;

  /** A part of an answer with large pairs, each of which is read once for every part of it. */
  static final int LARGE_PART_BYTES = 256 * 1024;

  /** How many parts the connection and the queue hold at most. */
  private static final int PARTS_HELD_MAX = 3;

  /** Where the pairs come from. */
  interface Source {
    /**
     * Shows the pairs from a place on until the visitor has seen enough.
     *
     * @param from the least key to show
     * @param passed how many pairs lie before it
     */
    void show(Bytes from, long passed, RangePlan.Visitor visitor);
  }

  /**
   * What is sent.
   *
   * @param revision the revision of the header
   * @param pairs how many pairs
   * @param pairsBytes what they take in the answer
   * @param pairBytesMax what the largest of them takes
   * @param more whether the limit cut some off
   * @param count the pairs in the range
   */
  record Size(
      long revision, long pairs, long pairsBytes, int pairBytesMax, boolean more, long count) {
    int partBytes() {
      return pairBytesMax > PART_BYTES ? LARGE_PART_BYTES : PART_BYTES;
    }

    /** What sending takes of the budget. */
    long heldBytes() {
      return (long) PARTS_HELD_MAX * partBytes();
    }
  }

  private final Outbound out;
  private final Size size;
  private final Source source;
  private final Executor executor;
  private final Runnable whenRead;
  private Bytes from;
  private long passed;
  private long passedBytes;
  // The bytes of the pair at `from` that have been sent.
  private int pairBytesSent;

  private RangeParts(
      Outbound out, Size size, Source source, Executor executor, Bytes from, Runnable whenRead) {
    this.out = out;
    this.size = size;
    this.source = source;
    this.executor = executor;
    this.from = from;
    this.whenRead = whenRead;
  }

  /**
   * Begins to send, on this thread.
   *
   * @param begin prefix and header
   * @param whenRead runs when the source is not needed any more, unless the stream is over before
   */
  static void send(
      Outbound out,
      Framed begin,
      Size size,
      Source source,
      Executor executor,
      Bytes from,
      Runnable whenRead) {
    out.offer(begin);
    new RangeParts(out, size, source, executor, from, whenRead).step();
  }

  private void step() {
    if (out.isOver()) {
      return;
    }
    try {
      out.offer(Framed.raw(nextPart()));
      if (passed < size.pairs()) {
        out.onWritable(0, () -> executor.execute(this::step));
        return;
      }
      Check.that(
          passedBytes == size.pairsBytes(),
          "pairs of %d bytes, first counted as %d",
          passedBytes,
          size.pairsBytes());
      whenRead.run();
      out.offer(Framed.raw(KvAnswers.end(size.more(), size.count())));
      out.close();
    } catch (EtcdException refusal) {
      whenRead.run();
      out.close(refusal.code(), refusal.text());
    } catch (RuntimeException failure) {
      whenRead.run();
      out.close(EtcdError.Code.INTERNAL, "etcdserver: " + failure);
      throw failure;
    }
  }

  private byte[] nextPart() {
    Batch batch = new Batch();
    source.show(from, passed, batch);
    Check.that(!batch.pairs.isEmpty(), "%d pairs, first counted as %d", passed, size.pairs());
    byte[] bytes = KvAnswers.pairs(batch.pairs, batch.bytes);
    int end = pairBytesSent + size.partBytes();
    if (batch.pairs.size() == 1 && end < bytes.length) {
      byte[] piece = Arrays.copyOfRange(bytes, pairBytesSent, end);
      pairBytesSent = end;
      return piece;
    }
    byte[] part =
        pairBytesSent == 0 ? bytes : Arrays.copyOfRange(bytes, pairBytesSent, bytes.length);
    pairBytesSent = 0;
    passed += batch.pairs.size();
    passedBytes += bytes.length;
    from = after(batch.pairs.get(batch.pairs.size() - 1).key());
    return part;
  }

  private static Bytes after(Bytes key) {
    Bytes next = KeyRange.single(key).to();
    return next == null ? Bytes.EMPTY : next;
  }

  /** Takes pairs until a part is full, and one pair in any case. */
  private final class Batch implements RangePlan.Visitor {
    private final List<KeyValue> pairs = new ArrayList<>();
    private int bytes;

    @Override
    public boolean visit(KeyValue kv) {
      int more = KvAnswers.pairSize(kv);
      if (!pairs.isEmpty() && bytes + more > size.partBytes()) {
        return false;
      }
      pairs.add(kv);
      bytes += more;
      return bytes < size.partBytes() && passed + pairs.size() < size.pairs();
    }
  }
}
