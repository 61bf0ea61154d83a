package io.quorate.server.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.apply.SpaceCost;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.RangePlan;
import io.quorate.mvcc.TxnPlan;
import io.quorate.node.Completion;
import io.quorate.node.Confirmed;
import io.quorate.node.Node;
import io.quorate.proto.etcd.CompactionRequest;
import io.quorate.proto.etcd.CompactionResponse;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.TxnRequest;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/** The KV service: writes through the log, reads from the store of this member. */
public final class KvService {
  /** The full name of the service. */
  public static final String NAME = "etcdserverpb.KV";

  /** What the reference wraps round a request in its log at most, in bytes. */
  private static final int ENVELOPE_BYTES = 15;

  private final Node node;
  private final KvAnswers answers;
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
    this.space = new SpaceGuard(node);
    this.txnOpsMax = txnOpsMax;
    this.requestBytesMax = requestBytesMax;
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
    Supplier<OpResult> read = () -> node.store().read(view -> RangePlan.execute(view, range));
    read(request.getSerializable(), isShort(range), read, reply);
  }

  /** Whether a read is short enough to run where it arrives. */
  private static boolean isShort(Op.Range range) {
    return range.keys().isSingle();
  }

  private void read(
      boolean serializable, boolean inPlace, Supplier<OpResult> read, UnaryReply reply) {
    Runnable answer = () -> answer(read, reply);
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

  private void answer(Supplier<OpResult> read, UnaryReply reply) {
    if (reply.isDone()) {
      return;
    }
    try {
      reply.ok(answers.of(read.get()));
    } catch (EtcdException refusal) {
      reply.fail(refusal);
    } catch (RuntimeException failure) {
      reply.fail(EtcdError.Code.INTERNAL, "etcdserver: " + failure);
      throw failure;
    }
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
      Supplier<OpResult> read = () -> node.store().read(view -> TxnPlan.read(view, txn));
      read(isSerializable(request), false, read, reply);
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
    node.propose(
        new Command.Write(op),
        new Completion<Answer>() {
          @Override
          public void done(Answer answer) {
            reply.ok(answers.of(((Answer.Written) answer).result()));
          }

          @Override
          public void refused(EtcdException refusal) {
            reply.fail(refusal);
          }
        });
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
