package io.quorate.chaos.workload;

import io.quorate.base.Bytes;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import io.quorate.client.Change;
import io.quorate.client.Compare;
import io.quorate.client.Delete;
import io.quorate.client.DeleteResult;
import io.quorate.client.Interval;
import io.quorate.client.KeyValue;
import io.quorate.client.Op;
import io.quorate.client.OpResult;
import io.quorate.client.Put;
import io.quorate.client.Range;
import io.quorate.client.RangeResult;
import io.quorate.client.Txn;
import io.quorate.client.TxnResult;
import java.util.List;
import java.util.Optional;

/** From what a history says to what the client takes, and back. */
final class Translation {
  private Translation() {}

  /** The call for a request; a single step without guards is none of a transaction. */
  static Op op(Request request) {
    boolean isSingle =
        request.guards().isEmpty() && request.otherwise().isEmpty() && request.then().size() == 1;
    if (isSingle) {
      return op(request.then().get(0), request.mayBeStale());
    }
    return new Txn(
        request.guards().stream().map(Translation::compare).toList(),
        request.then().stream().map(step -> op(step, request.mayBeStale())).toList(),
        request.otherwise().stream().map(step -> op(step, request.mayBeStale())).toList());
  }

  private static Op op(Step step, boolean mayBeStale) {
    if (step instanceof Step.Write write) {
      return Put.of(write.key(), write.value()).withLease(write.lease());
    }
    if (step instanceof Step.Remove remove) {
      return Delete.of(remove.key());
    }
    Range range =
        step instanceof Step.Read read
            ? Range.of(read.key())
            : Range.prefix(((Step.Scan) step).prefix());
    return mayBeStale ? range.serializable() : range;
  }

  private static Compare compare(Guard guard) {
    if (guard.field() == Guard.Field.VALUE) {
      return Compare.value(guard.key(), guard.expected());
    }
    Compare.Field field =
        switch (guard.field()) {
          case VERSION -> Compare.Field.VERSION;
          case CREATED -> Compare.Field.CREATE_REVISION;
          default -> Compare.Field.MOD_REVISION;
        };
    return Compare.number(
        Bytes.utf8(guard.key()), field, Compare.Is.EQUAL, Long.parseLong(guard.expected()));
  }

  static Reply reply(OpResult result) {
    return result instanceof TxnResult txn
        ? new Reply(
            txn.revision(),
            txn.succeeded(),
            txn.results().stream().map(Translation::result).toList())
        : new Reply(result.revision(), true, List.of(result(result)));
  }

  private static Reply.Result result(OpResult result) {
    if (result instanceof RangeResult range) {
      return new Reply.Result(range.kvs().stream().map(Translation::row).toList(), range.count());
    }
    long count = result instanceof DeleteResult delete ? delete.deleted() : 0;
    return new Reply.Result(List.of(), count);
  }

  static Row row(KeyValue kv) {
    return new Row(
        kv.keyText(),
        kv.valueText(),
        kv.createRevision(),
        kv.modRevision(),
        kv.version(),
        kv.lease());
  }

  static Fact.Event event(Change change) {
    return new Fact.Event(
        row(change.kv()), change.isDelete(), change.previous().map(Translation::row));
  }

  static Interval keys(String prefix) {
    return Interval.prefix(prefix);
  }

  /** The first row of the first result: of a request that reads one key. */
  static Optional<Row> first(Reply reply) {
    return reply.results().get(0).rows().stream().findFirst();
  }
}
