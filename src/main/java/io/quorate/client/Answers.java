package io.quorate.client;

import com.google.protobuf.ByteString;
import io.quorate.base.Bytes;
import io.quorate.proto.etcd.DeleteRangeResponse;
import io.quorate.proto.etcd.Event;
import io.quorate.proto.etcd.PutResponse;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.ResponseOp;
import io.quorate.proto.etcd.TxnResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Messages of the API as our values. */
final class Answers {
  private Answers() {}

  static Bytes bytes(ByteString bytes) {
    return bytes.isEmpty() ? Bytes.EMPTY : Bytes.wrap(bytes.toByteArray());
  }

  static KeyValue keyValue(io.quorate.proto.etcd.KeyValue kv) {
    return new KeyValue(
        bytes(kv.getKey()),
        bytes(kv.getValue()),
        kv.getCreateRevision(),
        kv.getModRevision(),
        kv.getVersion(),
        kv.getLease());
  }

  static List<KeyValue> keyValues(List<io.quorate.proto.etcd.KeyValue> kvs) {
    if (kvs.isEmpty()) {
      return List.of();
    }
    if (kvs.size() == 1) {
      return List.of(keyValue(kvs.get(0)));
    }
    KeyValue[] values = new KeyValue[kvs.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = keyValue(kvs.get(i));
    }
    return List.of(values);
  }

  static RangeResult range(RangeResponse answer) {
    return new RangeResult(
        answer.getHeader().getRevision(),
        keyValues(answer.getKvsList()),
        answer.getCount(),
        answer.getMore());
  }

  static PutResult put(PutResponse answer) {
    return new PutResult(
        answer.getHeader().getRevision(),
        answer.hasPrevKv() ? Optional.of(keyValue(answer.getPrevKv())) : Optional.empty());
  }

  static DeleteResult delete(DeleteRangeResponse answer) {
    return new DeleteResult(
        answer.getHeader().getRevision(), answer.getDeleted(), keyValues(answer.getPrevKvsList()));
  }

  static TxnResult txn(TxnResponse answer) {
    return txn(answer, answer.getHeader().getRevision());
  }

  /** Inner answers have no revision of their own where nothing was written. */
  private static TxnResult txn(TxnResponse answer, long revision) {
    List<OpResult> results = new ArrayList<>(answer.getResponsesCount());
    for (ResponseOp op : answer.getResponsesList()) {
      results.add(
          switch (op.getResponseCase()) {
            case RESPONSE_RANGE -> {
              RangeResult range = range(op.getResponseRange());
              yield new RangeResult(revision, range.kvs(), range.count(), range.more());
            }
            case RESPONSE_PUT -> new PutResult(revision, put(op.getResponsePut()).previous());
            case RESPONSE_DELETE_RANGE -> {
              DeleteResult delete = delete(op.getResponseDeleteRange());
              yield new DeleteResult(revision, delete.deleted(), delete.previous());
            }
            case RESPONSE_TXN -> txn(op.getResponseTxn(), revision);
            case RESPONSE_NOT_SET -> throw new IllegalArgumentException("an answer without a kind");
          });
    }
    return new TxnResult(revision, answer.getSucceeded(), results);
  }

  static Change change(Event event) {
    return new Change(
        event.getType() == Event.EventType.DELETE ? Change.Kind.DELETE : Change.Kind.PUT,
        keyValue(event.getKv()),
        event.hasPrevKv() ? Optional.of(keyValue(event.getPrevKv())) : Optional.empty());
  }
}
