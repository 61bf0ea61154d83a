package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Answers calls with the outcome of stages. */
final class StageReply {
  private StageReply() {}

  /** Answers with what {@code encode} makes of the result, or with the failure's status. */
  static <T> void send(CompletionStage<T> stage, UnaryReply reply, Function<T, Framed> encode) {
    stage
        .thenApply(encode)
        .whenComplete(
            (message, failure) -> {
              if (failure == null) {
                reply.ok(message);
              } else {
                reply.fail(refusal(failure));
              }
            });
  }

  /** What a client is told of {@code failure}. */
  static EtcdException refusal(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof EtcdException refusal
        ? refusal
        : new EtcdException(EtcdError.Code.UNKNOWN, String.valueOf(cause.getMessage()));
  }
}
