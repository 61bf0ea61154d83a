package io.quorate.client.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.quorate.base.EtcdError.Code;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One request on one connection, with one answer or many. Used once. What it is told, it is told on
 * the thread of its connection.
 *
 * @param <Q> what is sent
 * @param <A> what is received
 */
abstract class Exchange<Q extends MessageLite, A extends MessageLite> {
  private final Method<Q, A> method;
  private final Inbound inbound = new Inbound();
  private final AtomicInteger unsentBytes = new AtomicInteger();
  private volatile @Nullable String token;
  private @Nullable Ending ending;
  private int id;
  private boolean isOver;

  /** How the other side has ended it. */
  private record Ending(Code code, String text, boolean isUnseen) {}

  Exchange(Method<Q, A> method) {
    this.method = method;
  }

  final Method<Q, A> method() {
    return method;
  }

  /** The only request, after which nothing is sent; null if requests are sent later, one by one. */
  abstract @Nullable Q request();

  /** It has been given to the connection. */
  void onStart() {}

  /** One of the answers that were asked for. */
  abstract void onMessage(A message);

  /**
   * Nothing comes any more.
   *
   * @param code OK only if the other side ended it so
   * @param isUnseen whether the other side certainly did nothing for it
   */
  abstract void onEnd(Code code, String text, boolean isUnseen);

  /** The token that it carries, if any; known from its start on. Any thread. */
  final @Nullable String token() {
    return token;
  }

  /** How many bytes were sent, and have not left. Any thread. */
  final int unsentBytes() {
    return unsentBytes.get();
  }

  // For the connection, on its thread.

  final void writing(int bytes) {
    unsentBytes.addAndGet(bytes);
  }

  final int id() {
    return id;
  }

  final void started(int streamId, @Nullable String carried) {
    id = streamId;
    token = carried;
    onStart();
  }

  final boolean isOver() {
    return isOver;
  }

  final Inbound inbound() {
    return inbound;
  }

  final void message(byte[] bytes) {
    try {
      onMessage(method.parse(bytes));
    } catch (InvalidProtocolBufferException e) {
      end(Code.INTERNAL, "an answer cannot be read: " + e.getMessage(), false);
    }
  }

  /** The other side has ended it; told behind what came before and was not asked for yet. */
  final void endBehind(Code code, String text, boolean isUnseen) {
    if (inbound.isWaiting()) {
      ending = new Ending(code, text, isUnseen);
    } else {
      end(code, text, isUnseen);
    }
  }

  /** Tells the end that waited for its turn, if it is its turn. */
  final void endIfGiven() {
    Ending now = ending;
    if (now != null && !inbound.isWaiting()) {
      end(now.code(), now.text(), now.isUnseen());
    }
  }

  /** Whether the other side has ended it. */
  final boolean isEnding() {
    return ending != null;
  }

  final void end(Code code, String text, boolean isUnseen) {
    if (!isOver) {
      isOver = true;
      onEnd(code, text, isUnseen);
    }
  }
}
