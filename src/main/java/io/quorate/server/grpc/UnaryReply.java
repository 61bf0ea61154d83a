package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;

/**
 * Where the answer to one call goes. The first answer counts, later ones are dropped in silence: a
 * call may have timed out meanwhile. All methods are safe from any thread and do not block; the one
 * that completes pays for handing the answer to the connection.
 */
public interface UnaryReply {
  /** Answers with a message. */
  void ok(Framed message);

  /**
   * Answers in parts: bytes that together form one frame, prefix first, then a status. Counts as
   * the answer; a refusal after it is the stream's to tell.
   *
   * @param onLeft runs once, on any thread, when nothing of the answer waits on this side but less
   *     than 32 KiB: it was sent, or the client is gone, or does not read. It must be short. It may
   *     run before this method returns; then the stream is over
   */
  Outbound stream(Runnable onLeft);

  /** Refuses with a status and a text. */
  void fail(EtcdError.Code code, String text);

  /** Refuses with a row of the table. */
  default void fail(EtcdError error) {
    fail(error.code(), error.text());
  }

  /** Refuses with what {@code error} carries. */
  default void fail(EtcdException error) {
    fail(error.code(), error.text());
  }

  /**
   * Whether nobody waits for the answer any more: it was given, the deadline has passed, or the
   * client is known to have gone (known for calls that last longer than a second).
   */
  boolean isDone();
}
