package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.quorate.base.EtcdError.Code;
import org.jspecify.annotations.Nullable;

/** A request with one answer. What it is told, it is told on the thread of its connection. */
abstract class Single<Q extends MessageLite, A extends MessageLite> extends Exchange<Q, A> {
  private final Q request;
  private @Nullable A answer;

  Single(Method<Q, A> method, Q request) {
    super(method);
    this.request = request;
    inbound().want(Integer.MAX_VALUE);
  }

  @Override
  final Q request() {
    return request;
  }

  @Override
  final void onMessage(A message) {
    answer = message;
  }

  @Override
  final void onEnd(Code code, String text, boolean isUnseen) {
    A given = answer;
    if (code != Code.OK) {
      onFailure(code, text, isUnseen);
    } else if (given == null) {
      onFailure(Code.INTERNAL, "there was no answer", isUnseen);
    } else {
      onAnswer(given);
    }
  }

  /** It was answered. */
  abstract void onAnswer(A given);

  /** It was not; as {@link #onEnd}. */
  abstract void onFailure(Code code, String text, boolean isUnseen);
}
