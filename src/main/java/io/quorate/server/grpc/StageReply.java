package io.quorate.server.grpc;

import io.quorate.node.Refusals;
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
                reply.fail(Refusals.of(failure));
              }
            });
  }
}
