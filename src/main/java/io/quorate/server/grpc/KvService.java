package io.quorate.server.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.apply.SpaceCost;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.mvcc.Op;
import io.quorate.node.Completion;
import io.quorate.node.Node;
import io.quorate.proto.etcd.CompactionRequest;
import io.quorate.proto.etcd.CompactionResponse;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.TxnRequest;
import java.nio.ByteBuffer;

/** The KV service: writes through the log, reads from the store of this member. */
public final class KvService {
  /** The full name of the service. */
  public static final String NAME = "etcdserverpb.KV";

  /** What the reference wraps round a request in its log at most, in bytes. */
  private static final int ENVELOPE_BYTES = 15;

  private final Node node;
  private final KvAnswers answers;
  private final KvReads reads;
  private final RangeBudget budget;
  private final SpaceGuard space;
  private final long txnOpsMax;
  private final long requestBytesMax;

  /**
   * The service of one member.
   *
   * @param txnOpsMax operations in one list of a transaction
   * @param requestBytesMax the size of one write, in bytes
   */
  public KvService(Node node, long txnOpsMax, long requestBytesMax) {
    this.node = node;
    this.answers = new KvAnswers(node);
    this.budget = RangeBudget.ofHeap();
    this.reads = new KvReads(node, answers, budget);
    this.space = new SpaceGuard(node);
    this.txnOpsMax = txnOpsMax;
    this.requestBytesMax = requestBytesMax;
  }

  /** What large answers hold. */
  RangeBudget budget() {
    return budget;
  }

  /** Adds the calls of the service. */
  public void addTo(MethodTable.Builder table) {
    table
        .unary(NAME, "Range", this::range)
        .unary(NAME, "Put", this::put)
        .unary(NAME, "DeleteRange", this::delete)
        .unary(NAME, "Txn", this::txn)
        .unary(NAME, "Compact", this::compact)
        .serverStream(
            NAME,
            "RangeStream",
            (context, out) -> new RangeStreamCall(node, answers, requestBytesMax, out));
  }

  private void range(RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    RangeRequest request = RangeRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    Op.Range range = KvRequests.range(request);
    reads.range(range, request.getSerializable(), reply);
  }

  private void put(RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    PutRequest request = PutRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    Op.Put put = KvRequests.put(request);
    space.check(SpaceCost.of(put));
    write(put, length, reply);
  }

  private void delete(
      RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    DeleteRangeRequest request =
        DeleteRangeRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    write(KvRequests.delete(request), length, reply);
  }

  private void txn(RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    TxnRequest request = TxnRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    Op.Txn txn = KvRequests.txn(request, txnOpsMax);
    TxnOverlap.check(txn);
    if (txn.isReadOnly()) {
      reads.txn(txn, isSerializable(request), reply);
      return;
    }
    space.check(SpaceCost.of(txn));
    write(txn, length, reply);
  }

  private static boolean isSerializable(TxnRequest request) {
    return request.getSuccessList().stream().allMatch(op -> op.getRequestRange().getSerializable())
        && request.getFailureList().stream().allMatch(op -> op.getRequestRange().getSerializable());
  }

  private void write(Op op, int length, UnaryReply reply) {
    long size = ENVELOPE_BYTES + CodedOutputStream.computeUInt32SizeNoTag(length) + (long) length;
    if (size > requestBytesMax) {
      throw EtcdError.REQUEST_TOO_LARGE.exception();
    }
    if (tellsPairs(op)) {
      // What was written must be told, so there must be room for the telling before.
      budget.check();
    }
    node.propose(
        new Command.Write(op),
        new Completion<Answer>() {
          @Override
          public void done(Answer answer) {
            Framed message = answers.of(((Answer.Written) answer).result());
            RangeBudget.Share share = budget.share();
            if (message.length() > LargeAnswer.UNCOUNTED_BYTES_MAX) {
              share.takeAnyway(message.length() + LargeAnswer.TAIL_BYTES);
            }
            LargeAnswer.send(reply, message, share);
          }

          @Override
          public void refused(EtcdException refusal) {
            reply.fail(refusal);
          }
        });
  }

  /** Whether the answer of a write carries pairs. */
  private static boolean tellsPairs(Op op) {
    if (op instanceof Op.Put put) {
      return put.prevKv();
    }
    if (op instanceof Op.DeleteRange delete) {
      return delete.prevKv();
    }
    return op instanceof Op.Range
        || (op instanceof Op.Txn txn
            && (txn.success().stream().anyMatch(KvService::tellsPairs)
                || txn.failure().stream().anyMatch(KvService::tellsPairs)));
  }

  private void compact(
      RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    CompactionRequest request = CompactionRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    StageReply.send(
        node.propose(new Command.Compact(request.getRevision()))
            .thenCompose(
                answer ->
                    request.getPhysical()
                        ? node.compactionSettled().thenApply(settled -> answer)
                        : java.util.concurrent.CompletableFuture.completedFuture(answer)),
        reply,
        answer ->
            Framed.of(
                CompactionResponse.newBuilder()
                    .setHeader(HeaderCodec.message(node, node.revision()))
                    .build()));
  }
}
