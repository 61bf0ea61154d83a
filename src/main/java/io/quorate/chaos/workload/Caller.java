package io.quorate.chaos.workload;

import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Span;
import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.Delete;
import io.quorate.client.Op;
import io.quorate.client.OpResult;
import io.quorate.client.Put;
import io.quorate.client.Range;
import io.quorate.client.Txn;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One client: asks one thing at a time, and writes down what became of it. One thread. */
public final class Caller {
  private final String name;
  private final String member;
  private final Client client;
  private final Recorder recorder;

  /**
   * A client.
   *
   * @param name of the workload, a dash and a number
   * @param member the one that {@code client} asks; empty if it asks all
   */
  public Caller(String name, String member, Client client, Recorder recorder) {
    this.name = name;
    this.member = member;
    this.client = client;
    this.recorder = recorder;
  }

  String name() {
    return name;
  }

  Client client() {
    return client;
  }

  Recorder recorder() {
    return recorder;
  }

  /** Asks, waits, and writes it down; the answer, if there was one. */
  public Optional<Reply> ask(Request request) {
    long begin = recorder.now();
    try {
      Reply reply = Translation.reply(call(Translation.op(request)).toCompletableFuture().join());
      tell(begin, request, Outcome.DONE, Optional.of(reply), "");
      return Optional.of(reply);
    } catch (CompletionException e) {
      tell(begin, request, outcome(e.getCause()), Optional.empty(), text(e.getCause()));
      return Optional.empty();
    }
  }

  private CompletionStage<? extends OpResult> call(Op op) {
    if (op instanceof Range range) {
      return client.range(range);
    }
    if (op instanceof Put put) {
      return client.put(put);
    }
    return op instanceof Delete delete ? client.delete(delete) : client.txn((Txn) op);
  }

  /**
   * What the client promises of its failures: refused or unavailable is not done. That it is right
   * about that is checked, as everything else is.
   */
  private static Outcome outcome(@Nullable Throwable failure) {
    return failure instanceof ClientException.Refused
            || failure instanceof ClientException.Unavailable
        ? Outcome.REFUSED
        : Outcome.UNKNOWN;
  }

  private void tell(
      long begin, Request request, Outcome outcome, Optional<Reply> reply, String error) {
    Span span = new Span(begin, recorder.now());
    recorder.tell(new Operation(name, member, span, request, outcome, reply, error));
  }

  static String text(@Nullable Throwable failure) {
    if (failure == null) {
      return "nothing was said";
    }
    String message = failure.getMessage();
    return failure.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }
}
