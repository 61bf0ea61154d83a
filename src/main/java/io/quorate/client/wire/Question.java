package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.quorate.base.EtcdError.Code;
import org.jspecify.annotations.Nullable;

/** One question on one connection, once, whatever comes of it. */
final class Question<Q extends MessageLite, A extends MessageLite> extends Exchange<Q, A> {
  private final Q request;
  private final Outcome<A> outcome;
  private @Nullable A answer;

  /** What is done with the end. */
  interface Outcome<A> {
    /** {@code answer} is there exactly if {@code code} is OK. On the thread of the connection. */
    void ended(@Nullable A answer, Code code, String text);
  }

  Question(Method<Q, A> method, Q request, Outcome<A> outcome) {
    super(method);
    this.request = request;
    this.outcome = outcome;
    inbound().want(Integer.MAX_VALUE);
  }

  @Override
  Q request() {
    return request;
  }

  @Override
  void onMessage(A message) {
    answer = message;
  }

  @Override
  void onEnd(Code code, String text, boolean isUnseen) {
    if (code == Code.OK && answer == null) {
      outcome.ended(null, Code.INTERNAL, "there was no answer");
    } else {
      outcome.ended(code == Code.OK ? answer : null, code, text);
    }
  }
}
