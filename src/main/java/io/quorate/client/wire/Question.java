package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.quorate.base.EtcdError.Code;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One question to one member, once, whatever comes of it. */
final class Question<A> extends ClientCall.Listener<A> {
  private final Outcome<A> outcome;
  private @Nullable A answer;

  /** What is done with the end. */
  interface Outcome<A> {
    /** {@code answer} is there exactly if {@code code} is OK. On a thread of the client. */
    void ended(@Nullable A answer, Code code, String text);
  }

  private Question(Outcome<A> outcome) {
    this.outcome = outcome;
  }

  /** Asks, and tells {@code outcome} what came of it within {@code millisMax}. */
  static <Q extends MessageLite, A extends MessageLite> void ask(
      ManagedChannel channel,
      Method<Q, A> method,
      Q request,
      Metadata metadata,
      long millisMax,
      Outcome<A> outcome) {
    ClientCall<Q, A> call =
        channel.newCall(
            method.descriptor(),
            CallOptions.DEFAULT.withDeadlineAfter(millisMax, TimeUnit.MILLISECONDS));
    call.start(new Question<>(outcome), metadata);
    call.request(2);
    call.sendMessage(request);
    call.halfClose();
  }

  @Override
  public void onMessage(A message) {
    answer = message;
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    if (status.isOk() && answer == null) {
      outcome.ended(null, Code.INTERNAL, "there was no answer");
    } else {
      outcome.ended(status.isOk() ? answer : null, Statuses.code(status), Statuses.text(status));
    }
  }
}
