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
