package io.quorate.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.quorate.base.Bytes;
import io.quorate.proto.etcd.Compare.CompareResult;
import io.quorate.proto.etcd.Compare.CompareTarget;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeRequest.SortOrder;
import io.quorate.proto.etcd.RangeRequest.SortTarget;
import io.quorate.proto.etcd.RequestOp;
import io.quorate.proto.etcd.TxnRequest;

/** Our values as messages of the API. */
final class Requests {
  private Requests() {}

  /** Without a copy: {@code Bytes} do not change. */
  static ByteString bytes(Bytes bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes.unsafeArray());
  }

  static RangeRequest range(Range range) {
    RangeRequest.Builder request =
        RangeRequest.newBuilder()
            .setKey(bytes(range.keys().key()))
            .setRangeEnd(bytes(range.keys().end()))
            .setLimit(range.limit())
            .setRevision(range.revision())
            .setSerializable(range.isSerializable())
            .setKeysOnly(range.parts() == Range.Parts.KEYS)
            .setCountOnly(range.parts() == Range.Parts.COUNT);
    if (!range.order().equals(Range.Order.KEY)) {
      request
          .setSortOrder(range.order().isDescending() ? SortOrder.DESCEND : SortOrder.ASCEND)
          .setSortTarget(target(range.order().by()));
    }
    Range.Bounds bounds = range.bounds();
    if (!bounds.equals(Range.Bounds.NONE)) {
      request
          .setMinModRevision(bounds.modMin())
          .setMaxModRevision(bounds.modMax())
          .setMinCreateRevision(bounds.createMin())
          .setMaxCreateRevision(bounds.createMax());
    }
    return request.build();
  }

  private static SortTarget target(Range.SortBy by) {
    return switch (by) {
      case KEY -> SortTarget.KEY;
      case VERSION -> SortTarget.VERSION;
      case CREATE_REVISION -> SortTarget.CREATE;
      case MOD_REVISION -> SortTarget.MOD;
      case VALUE -> SortTarget.VALUE;
    };
  }

  static PutRequest put(Put put) {
    return PutRequest.newBuilder()
        .setKey(bytes(put.key()))
        .setValue(bytes(put.value()))
        .setLease(put.lease())
        .setPrevKv(put.returnsPrevious())
        .setIgnoreValue(put.keepsValue())
        .setIgnoreLease(put.keepsLease())
        .build();
  }

  static DeleteRangeRequest delete(Delete delete) {
    return DeleteRangeRequest.newBuilder()
        .setKey(bytes(delete.keys().key()))
        .setRangeEnd(bytes(delete.keys().end()))
        .setPrevKv(delete.returnsPrevious())
        .build();
  }

  static TxnRequest txn(Txn txn) {
    TxnRequest.Builder request = TxnRequest.newBuilder();
    txn.compares().forEach(compare -> request.addCompare(compare(compare)));
    txn.then().forEach(op -> request.addSuccess(op(op)));
    txn.otherwise().forEach(op -> request.addFailure(op(op)));
    return request.build();
  }

  private static io.quorate.proto.etcd.Compare compare(Compare compare) {
    io.quorate.proto.etcd.Compare.Builder message =
        io.quorate.proto.etcd.Compare.newBuilder()
            .setKey(bytes(compare.keys().key()))
            .setRangeEnd(bytes(compare.keys().end()))
            .setResult(
                switch (compare.is()) {
                  case EQUAL -> CompareResult.EQUAL;
                  case GREATER -> CompareResult.GREATER;
                  case LESS -> CompareResult.LESS;
                  case NOT_EQUAL -> CompareResult.NOT_EQUAL;
                });
    if (compare instanceof Compare.OfNumber of) {
      switch (of.field()) {
        case VERSION -> message.setTarget(CompareTarget.VERSION).setVersion(of.number());
        case CREATE_REVISION ->
            message.setTarget(CompareTarget.CREATE).setCreateRevision(of.number());
        case MOD_REVISION -> message.setTarget(CompareTarget.MOD).setModRevision(of.number());
        case LEASE -> message.setTarget(CompareTarget.LEASE).setLease(of.number());
      }
    } else if (compare instanceof Compare.OfValue of) {
      message.setTarget(CompareTarget.VALUE).setValue(bytes(of.value()));
    }
    return message.build();
  }

  private static RequestOp op(Op op) {
    RequestOp.Builder message = RequestOp.newBuilder();
    if (op instanceof Range range) {
      message.setRequestRange(range(range));
    } else if (op instanceof Put put) {
      message.setRequestPut(put(put));
    } else if (op instanceof Delete delete) {
      message.setRequestDeleteRange(delete(delete));
    } else {
      message.setRequestTxn(txn((Txn) op));
    }
    return message.build();
  }
}
