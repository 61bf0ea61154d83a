package io.quorate.server.grpc;

import com.google.protobuf.ByteString;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.proto.etcd.Compare;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RequestOp;
import io.quorate.proto.etcd.TxnRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests of the KV service as operations; refuses, in etcd's order and words, what can be refused
 * without looking at the store.
 */
final class KvRequests {
  private KvRequests() {}

  static Op.Range range(RangeRequest request) {
    if (request.getKey().isEmpty()) {
      throw EtcdError.EMPTY_KEY.exception();
    }
    boolean unknown =
        request.getSortOrder() == RangeRequest.SortOrder.UNRECOGNIZED
            || request.getSortTarget() == RangeRequest.SortTarget.UNRECOGNIZED;
    if (unknown) {
      throw EtcdError.INVALID_SORT_OPTION.exception();
    }
    return new Op.Range(
        keys(request.getKey(), request.getRangeEnd()),
        request.getLimit(),
        request.getRevision(),
        new Op.Sort(order(request.getSortOrder()), target(request.getSortTarget())),
        request.getKeysOnly(),
        request.getCountOnly(),
        bounds(request));
  }

  private static Op.RevisionBounds bounds(RangeRequest request) {
    Op.RevisionBounds bounds =
        new Op.RevisionBounds(
            request.getMinModRevision(),
            request.getMaxModRevision(),
            request.getMinCreateRevision(),
            request.getMaxCreateRevision());
    return bounds.any() ? bounds : Op.RevisionBounds.NONE;
  }

  static Op.Put put(PutRequest request) {
    if (request.getKey().isEmpty()) {
      throw EtcdError.EMPTY_KEY.exception();
    }
    if (request.getIgnoreValue() && !request.getValue().isEmpty()) {
      throw EtcdError.VALUE_PROVIDED.exception();
    }
    if (request.getIgnoreLease() && request.getLease() != 0) {
      throw EtcdError.LEASE_PROVIDED.exception();
    }
    return new Op.Put(
        bytes(request.getKey()),
        bytes(request.getValue()),
        request.getLease(),
        request.getPrevKv(),
        request.getIgnoreValue(),
        request.getIgnoreLease());
  }

  static Op.DeleteRange delete(DeleteRangeRequest request) {
    if (request.getKey().isEmpty()) {
      throw EtcdError.EMPTY_KEY.exception();
    }
    return new Op.DeleteRange(keys(request.getKey(), request.getRangeEnd()), request.getPrevKv());
  }

  /** A transaction whose lists hold at most {@code opsMax} operations, nested ones included. */
  static Op.Txn txn(TxnRequest request, long opsMax) {
    int ops =
        Math.max(
            request.getCompareCount(),
            Math.max(request.getSuccessCount(), request.getFailureCount()));
    if (ops > opsMax) {
      throw EtcdError.TOO_MANY_OPS.exception();
    }
    List<Op.Compare> compares = new ArrayList<>(request.getCompareCount());
    for (Compare compare : request.getCompareList()) {
      if (compare.getKey().isEmpty()) {
        throw EtcdError.EMPTY_KEY.exception();
      }
      compares.add(compare(compare));
    }
    return new Op.Txn(
        compares,
        ops(request.getSuccessList(), opsMax - ops),
        ops(request.getFailureList(), opsMax - ops));
  }

  private static List<Op> ops(List<RequestOp> requests, long opsMax) {
    List<Op> ops = new ArrayList<>(requests.size());
    for (RequestOp request : requests) {
      ops.add(
          switch (request.getRequestCase()) {
            case REQUEST_RANGE -> range(request.getRequestRange());
            case REQUEST_PUT -> put(request.getRequestPut());
            case REQUEST_DELETE_RANGE -> delete(request.getRequestDeleteRange());
            case REQUEST_TXN -> txn(request.getRequestTxn(), opsMax);
            case REQUEST_NOT_SET -> throw EtcdError.KEY_NOT_FOUND.exception();
          });
    }
    return ops;
  }

  private static Op.Compare compare(Compare compare) {
    KeyRange keys = keys(compare.getKey(), compare.getRangeEnd());
    Op.Relation relation =
        switch (compare.getResult()) {
          case EQUAL -> Op.Relation.EQUAL;
          case GREATER -> Op.Relation.GREATER;
          case LESS -> Op.Relation.LESS;
          case NOT_EQUAL -> Op.Relation.NOT_EQUAL;
          case UNRECOGNIZED -> throw unknown("compare result", compare.getResultValue());
        };
    return switch (compare.getTarget()) {
      case VERSION ->
          number(
              keys, Op.Target.VERSION, relation, compare.hasVersion() ? compare.getVersion() : 0);
      case CREATE ->
          number(
              keys,
              Op.Target.CREATE,
              relation,
              compare.hasCreateRevision() ? compare.getCreateRevision() : 0);
      case MOD ->
          number(
              keys,
              Op.Target.MOD,
              relation,
              compare.hasModRevision() ? compare.getModRevision() : 0);
      case LEASE ->
          number(keys, Op.Target.LEASE, relation, compare.hasLease() ? compare.getLease() : 0);
      case VALUE -> new Op.Compare(keys, Op.Target.VALUE, relation, 0, bytes(compare.getValue()));
      case UNRECOGNIZED -> throw unknown("compare target", compare.getTargetValue());
    };
  }

  private static Op.Compare number(
      KeyRange keys, Op.Target target, Op.Relation relation, long number) {
    return new Op.Compare(keys, target, relation, number, null);
  }

  private static EtcdException unknown(String what, int value) {
    return new EtcdException(
        EtcdError.Code.INVALID_ARGUMENT, "etcdserver: unknown " + what + " " + value);
  }

  private static Op.SortOrder order(RangeRequest.SortOrder order) {
    return switch (order) {
      case NONE, UNRECOGNIZED -> Op.SortOrder.NONE;
      case ASCEND -> Op.SortOrder.ASCEND;
      case DESCEND -> Op.SortOrder.DESCEND;
    };
  }

  private static Op.SortTarget target(RangeRequest.SortTarget target) {
    return switch (target) {
      case KEY, UNRECOGNIZED -> Op.SortTarget.KEY;
      case VERSION -> Op.SortTarget.VERSION;
      case CREATE -> Op.SortTarget.CREATE;
      case MOD -> Op.SortTarget.MOD;
      case VALUE -> Op.SortTarget.VALUE;
    };
  }

  private static KeyRange keys(ByteString key, ByteString rangeEnd) {
    return KeyRange.ofRequest(bytes(key), bytes(rangeEnd));
  }

  private static Bytes bytes(ByteString string) {
    return Bytes.wrap(string.toByteArray());
  }
}
