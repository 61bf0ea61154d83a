package io.quorate.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import io.quorate.base.Bytes;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.OpResult;
import io.quorate.node.MemberFacts;
import io.quorate.proto.etcd.DeleteRangeResponse;
import io.quorate.proto.etcd.PutResponse;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.ResponseHeader;
import io.quorate.proto.etcd.ResponseOp;
import io.quorate.proto.etcd.TxnResponse;
import java.io.IOException;
import java.util.List;

/** What the KV service answers, as messages; ranges, the hot ones, straight into their frame. */
final class KvAnswers {
  private static final int DELIMITED = 2;
  private static final int RANGE_KVS = 2;
  private static final int RANGE_MORE = 3;
  private static final int RANGE_COUNT = 4;
  private static final int STREAM_RANGE_RESPONSE = 1;

  private final MemberFacts facts;

  KvAnswers(MemberFacts facts) {
    this.facts = facts;
  }

  Framed of(OpResult result) {
    if (result instanceof OpResult.Put put) {
      PutResponse.Builder answer = PutResponse.newBuilder().setHeader(header(put.revision()));
      KeyValue previous = put.previous();
      if (previous != null) {
        answer.setPrevKv(message(previous));
      }
      return Framed.of(answer.build());
    }
    if (result instanceof OpResult.DeleteRange delete) {
      return Framed.of(message(delete, header(delete.revision())));
    }
    if (result instanceof OpResult.Txn txn) {
      return Framed.of(message(txn, header(txn.revision())));
    }
    return range((OpResult.Range) result);
  }

  /** A whole RangeResponse. */
  Framed range(OpResult.Range range) {
    return range(range, pairsSize(range.kvs()));
  }

  /** {@link #range(OpResult.Range)} for those who know the {@link #pairSize} of all its pairs. */
  Framed range(OpResult.Range range, long pairsSize) {
    byte[] header = HeaderCodec.field(facts, range.revision(), facts.term());
    long size = header.length + pairsSize + endSize(range.more(), range.count());
    byte[] array = allocate(size);
    return frame(
        array,
        out -> {
          out.writeRawBytes(header);
          writeBody(out, range);
        });
  }

  /**
   * One RangeStreamResponse: the pairs, and on the last one the header, {@code more} and the count.
   */
  Framed chunk(OpResult.Range range, boolean last) {
    byte[] header = last ? HeaderCodec.field(facts, range.revision(), facts.term()) : new byte[0];
    OpResult.Range shown =
        last ? range : new OpResult.Range(range.revision(), range.kvs(), false, 0);
    long inner = header.length + bodySize(shown);
    long size =
        inner
            + CodedOutputStream.computeTagSize(STREAM_RANGE_RESPONSE)
            + CodedOutputStream.computeUInt32SizeNoTag((int) Math.min(inner, Integer.MAX_VALUE));
    byte[] array = allocate(size);
    return frame(
        array,
        out -> {
          out.writeTag(STREAM_RANGE_RESPONSE, DELIMITED);
          out.writeUInt32NoTag((int) inner);
          out.writeRawBytes(header);
          writeBody(out, shown);
        });
  }

  private interface Writer {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] allocate(long size) {
    if (size > Framed.MESSAGE_BYTES_MAX) {
      throw Framed.tooLarge(size);
    }
    return new byte[Framed.PREFIX_BYTES + (int) size];
  }

  private static Framed frame(byte[] array, Writer writer) {
    CodedOutputStream out =
        CodedOutputStream.newInstance(
            array, Framed.PREFIX_BYTES, array.length - Framed.PREFIX_BYTES);
    write(out, writer);
    return Framed.ofEncoded(array, array.length);
  }

  /**
   * The beginning of a RangeResponse that is sent in parts: prefix and header.
   *
   * @param pairsSize the {@link #pairSize} of all its pairs
   * @throws io.quorate.base.EtcdException RESOURCE_EXHAUSTED if it is too large for a message
   */
  Framed begin(long revision, long pairsSize, boolean more, long count) {
    byte[] header = HeaderCodec.field(facts, revision, facts.term());
    long size = header.length + pairsSize + endSize(more, count);
    if (size > Framed.MESSAGE_BYTES_MAX) {
      throw Framed.tooLarge(size);
    }
    return Framed.begin((int) size, header);
  }

  /** Pairs of a RangeResponse; {@code size} is their {@link #pairSize}. */
  static byte[] pairs(List<KeyValue> kvs, int size) {
    return encode(size, out -> writePairs(out, kvs));
  }

  /** The end of a RangeResponse, behind its pairs. */
  static byte[] end(boolean more, long count) {
    return encode(endSize(more, count), out -> writeEnd(out, more, count));
  }

  private static byte[] encode(int size, Writer writer) {
    byte[] array = new byte[size];
    write(CodedOutputStream.newInstance(array), writer);
    return array;
  }

  private static void write(CodedOutputStream out, Writer writer) {
    try {
      writer.write(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException("answer does not fit the size it was given", e);
    }
  }

  /** What a pair takes within a RangeResponse, in bytes. */
  static int pairSize(KeyValue kv) {
    int pair = size(kv);
    return CodedOutputStream.computeTagSize(RANGE_KVS)
        + CodedOutputStream.computeUInt32SizeNoTag(pair)
        + pair;
  }

  private static long pairsSize(List<KeyValue> kvs) {
    long size = 0;
    for (KeyValue kv : kvs) {
      size += pairSize(kv);
    }
    return size;
  }

  private static int endSize(boolean more, long count) {
    return (more ? CodedOutputStream.computeBoolSize(RANGE_MORE, true) : 0)
        + HeaderCodec.size(RANGE_COUNT, count);
  }

  private static long bodySize(OpResult.Range range) {
    return pairsSize(range.kvs()) + endSize(range.more(), range.count());
  }

  private static void writeBody(CodedOutputStream out, OpResult.Range range) throws IOException {
    writePairs(out, range.kvs());
    writeEnd(out, range.more(), range.count());
  }

  private static void writePairs(CodedOutputStream out, List<KeyValue> kvs) throws IOException {
    for (KeyValue kv : kvs) {
      out.writeTag(RANGE_KVS, DELIMITED);
      out.writeUInt32NoTag(size(kv));
      write(out, kv);
    }
  }

  private static void writeEnd(CodedOutputStream out, boolean more, long count) throws IOException {
    if (more) {
      out.writeBool(RANGE_MORE, true);
    }
    HeaderCodec.write(out, RANGE_COUNT, count);
  }

  /** The size of an encoded {@code mvccpb.KeyValue}. */
  static int size(KeyValue kv) {
    return size(1, kv.key())
        + HeaderCodec.size(2, kv.createRevision())
        + HeaderCodec.size(3, kv.modRevision())
        + HeaderCodec.size(4, kv.version())
        + size(5, kv.value())
        + HeaderCodec.size(6, kv.lease());
  }

  private static int size(int field, Bytes bytes) {
    return bytes.isEmpty()
        ? 0
        : CodedOutputStream.computeTagSize(field)
            + CodedOutputStream.computeUInt32SizeNoTag(bytes.size())
            + bytes.size();
  }

  private static void write(CodedOutputStream out, KeyValue kv) throws IOException {
    write(out, 1, kv.key());
    HeaderCodec.write(out, 2, kv.createRevision());
    HeaderCodec.write(out, 3, kv.modRevision());
    HeaderCodec.write(out, 4, kv.version());
    write(out, 5, kv.value());
    HeaderCodec.write(out, 6, kv.lease());
  }

  private static void write(CodedOutputStream out, int field, Bytes bytes) throws IOException {
    if (!bytes.isEmpty()) {
      out.writeByteArray(field, bytes.unsafeArray());
    }
  }

  private ResponseHeader header(long revision) {
    return HeaderCodec.message(facts, revision);
  }

  /** Inside a transaction a header says the revision alone. */
  private static ResponseHeader innerHeader(long revision) {
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }

  private static DeleteRangeResponse message(OpResult.DeleteRange delete, ResponseHeader header) {
    DeleteRangeResponse.Builder answer =
        DeleteRangeResponse.newBuilder().setHeader(header).setDeleted(delete.deleted());
    delete.previous().forEach(kv -> answer.addPrevKvs(message(kv)));
    return answer.build();
  }

  private static TxnResponse message(OpResult.Txn txn, ResponseHeader header) {
    TxnResponse.Builder answer =
        TxnResponse.newBuilder().setHeader(header).setSucceeded(txn.succeeded());
    txn.results().forEach(result -> answer.addResponses(inner(result)));
    return answer.build();
  }

  private static ResponseOp inner(OpResult result) {
    ResponseOp.Builder op = ResponseOp.newBuilder();
    ResponseHeader header = innerHeader(result.revision());
    if (result instanceof OpResult.Put put) {
      PutResponse.Builder answer = PutResponse.newBuilder().setHeader(header);
      KeyValue previous = put.previous();
      if (previous != null) {
        answer.setPrevKv(message(previous));
      }
      return op.setResponsePut(answer).build();
    }
    if (result instanceof OpResult.DeleteRange delete) {
      return op.setResponseDeleteRange(message(delete, header)).build();
    }
    if (result instanceof OpResult.Txn txn) {
      // The reference leaves the header of a nested transaction empty.
      return op.setResponseTxn(message(txn, ResponseHeader.getDefaultInstance())).build();
    }
    OpResult.Range range = (OpResult.Range) result;
    RangeResponse.Builder answer =
        RangeResponse.newBuilder().setHeader(header).setMore(range.more()).setCount(range.count());
    List<KeyValue> kvs = range.kvs();
    kvs.forEach(kv -> answer.addKvs(message(kv)));
    return op.setResponseRange(answer).build();
  }

  /** A pair as a message. */
  static io.quorate.proto.etcd.KeyValue message(KeyValue kv) {
    return io.quorate.proto.etcd.KeyValue.newBuilder()
        .setKey(string(kv.key()))
        .setCreateRevision(kv.createRevision())
        .setModRevision(kv.modRevision())
        .setVersion(kv.version())
        .setValue(string(kv.value()))
        .setLease(kv.lease())
        .build();
  }

  private static ByteString string(Bytes bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes.unsafeArray());
  }
}
