package io.quorate.server.grpc;

/**
 * The receiving end of one stream. Its methods are called one at a time, nearly always by the actor
 * of the connection: they must not block, and while they work the other calls of that connection
 * wait. After {@link Outbound#close} none is called any more, but one that is under way may still
 * be running.
 */
public interface StreamHandler {
  /**
   * The next message of the client. A call that takes one message and streams its answers gets it
   * here, exactly once. What it throws ends the stream as {@link UnaryHandler#call} says. The array
   * belongs to the handler.
   */
  void onMessage(byte[] message) throws Exception;

  /** The client has said all it will; the stream stays open for answers until it is closed. */
  void onHalfClose();

  /**
   * The stream is over without {@link Outbound#close}: the client has cancelled, its deadline has
   * passed, its connection is gone, the server stops, or a message was refused, be it by what
   * {@link #onMessage} threw. Called at most once.
   */
  void onCancel();
}
