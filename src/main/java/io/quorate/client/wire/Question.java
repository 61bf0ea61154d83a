package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.quorate.base.EtcdError.Code;
import org.jspecify.annotations.Nullable;

/** One question on one connection, once, whatever comes of it. */
final class Question<Q extends MessageLite, A extends MessageLite> extends Single<Q, A> {
  private final Outcome<A> outcome;

  /** What is done with the end. */
  interface Outcome<A> {
    /** {@code answer} is there exactly if {@code code} is OK. On the thread of the connection. */
    void ended(@Nullable A answer, Code code, String text);
  }

  Question(Method<Q, A> method, Q request, Outcome<A> outcome) {
    super(method, request);
    this.outcome = outcome;
  }

  @Override
  void onAnswer(A given) {
    outcome.ended(given, Code.OK, "");
  }

  @Override
  void onFailure(Code code, String text, boolean isUnseen) {
    outcome.ended(null, code, text);
  }
}
