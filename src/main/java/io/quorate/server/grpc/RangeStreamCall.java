package io.quorate.server.grpc;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.RangePlan;
import io.quorate.node.Completion;
import io.quorate.node.Confirmed;
import io.quorate.node.Node;
import io.quorate.proto.etcd.RangeRequest;
import java.util.List;

/**
 * One RangeStream: disjoint chunks in key order, all at the revision of the beginning. A chunk is
 * read when the one before has left, so a slow client holds neither memory nor pages of the disk; a
 * compaction meanwhile ends the stream with "compacted".
 */
final class RangeStreamCall implements StreamHandler {
  /** The pairs of the first chunk; later ones have twice or half as many, by their size. */
  private static final int CHUNK_PAIRS_FIRST = 10;

  private final Node node;
  private final KvAnswers answers;
  private final long chunkBytesTarget;
  private final Outbound out;
  private Op.Range rest = Op.Range.of(KeyRange.single(Bytes.EMPTY));
  private long chunkPairs = CHUNK_PAIRS_FIRST;
  private long pairsLeft = Long.MAX_VALUE;
  private long sent;
  private long headerRevision;

  RangeStreamCall(Node node, KvAnswers answers, long chunkBytesTarget, Outbound out) {
    this.node = node;
    this.answers = answers;
    this.chunkBytesTarget = chunkBytesTarget;
    this.out = out;
  }

  @Override
  public void onMessage(byte[] message) throws Exception {
    RangeRequest request = RangeRequest.parseFrom(message);
    rest = KvRequests.range(request);
    if (!isInKeyOrder(rest)) {
      throw new EtcdException(
          EtcdError.Code.UNIMPLEMENTED, "RangeStream does not support custom sort orders");
    }
    if (rest.bounds().any()) {
      throw new EtcdException(
          EtcdError.Code.UNIMPLEMENTED, "RangeStream does not support revision filters");
    }
    node.metrics().rangeRead();
    pairsLeft = rest.limit() <= 0 ? Long.MAX_VALUE : rest.limit();
    if (request.getSerializable()) {
      readNext();
      return;
    }
    node.linearize(
        new Completion<Confirmed>() {
          @Override
          public void done(Confirmed confirmed) {
            readNext();
          }

          @Override
          public void refused(EtcdException refusal) {
            out.close(refusal.code(), refusal.text());
          }
        });
  }

  private static boolean isInKeyOrder(Op.Range range) {
    return range.sort().order() == Op.SortOrder.NONE
        || (range.sort().target() == Op.SortTarget.KEY
            && range.sort().order() == Op.SortOrder.ASCEND);
  }

  private void readNext() {
    if (!out.isOver()) {
      node.readerPool().execute(this::readChunk);
    }
  }

  private void readChunk() {
    try {
      if (rest.countOnly()) {
        OpResult.Range counted = node.store().read(view -> RangePlan.execute(view, rest));
        out.offer(
            answers.chunk(
                new OpResult.Range(counted.revision(), List.of(), false, counted.count()), true));
        out.close();
        return;
      }
      sendChunk();
    } catch (EtcdException refusal) {
      out.close(refusal.code(), refusal.text());
    } catch (RuntimeException failure) {
      out.close(EtcdError.Code.INTERNAL, "etcdserver: " + failure);
      throw failure;
    }
  }

  private void sendChunk() {
    long limit = Math.min(chunkPairs, pairsLeft);
    RangePlan.Chunk chunk =
        node.store().read(view -> RangePlan.chunk(view, rest, limit, pairsLeft));
    if (headerRevision == 0) {
      headerRevision = chunk.revision();
    }
    List<KeyValue> kvs = chunk.kvs();
    sent += kvs.size();
    pairsLeft -= kvs.size();
    boolean last = !chunk.more() || pairsLeft == 0;
    // A sort target without an order sorts each chunk by itself, as in the reference.
    List<KeyValue> shown = RangePlan.sorted(rest, kvs);
    Framed message =
        answers.chunk(
            new OpResult.Range(headerRevision, shown, chunk.more(), sent + chunk.restCount()),
            last);
    if (!out.offer(message)) {
      return;
    }
    if (last) {
      out.close();
      return;
    }
    Bytes next = KeyRange.single(kvs.get(kvs.size() - 1).key()).to();
    rest =
        new Op.Range(
            new KeyRange(next == null ? Bytes.EMPTY : next, rest.keys().to()),
            0,
            rest.revision() > 0 ? rest.revision() : headerRevision,
            rest.sort(),
            rest.keysOnly(),
            false,
            rest.bounds());
    if (message.length() < chunkBytesTarget / 2) {
      chunkPairs = limit * 2;
    } else if (message.length() > chunkBytesTarget * 2) {
      chunkPairs = Math.max(1, limit / 2);
    }
    out.onWritable(0, this::readNext);
  }

  @Override
  public void onHalfClose() {
    // One request is all there is.
  }

  @Override
  public void onCancel() {
    // The next chunk is not read: readNext looks whether the stream is over.
  }
}
