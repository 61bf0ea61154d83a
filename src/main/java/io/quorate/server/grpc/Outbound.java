package io.quorate.server.grpc;

import io.quorate.base.EtcdError;

/**
 * The sending end of one stream: a bounded queue that the connection drains, many messages a frame.
 * All methods are safe from any thread and do not block; messages leave in the order in which
 * {@link #offer} took them.
 */
public interface Outbound {
  /**
   * Takes a message unless the queue is full or the stream over. An empty queue takes any message,
   * however large; else the queue holds at most {@link Limits#outboundBytesMax} bytes.
   *
   * @return whether it was taken; if not, wait for {@link #onWritable}
   */
  boolean offer(Framed message);

  /** The bytes that were taken and have not left for the connection yet. */
  long queuedBytes();

  /**
   * Runs {@code action} once, as soon as the queue has fallen to {@link Limits#outboundBytesLow}
   * bytes: at once, on this thread, if it already has, else on the connection's thread, so it must
   * be short. A later action replaces one that still waits; it never runs once the stream is over.
   */
  void onWritable(Runnable action);

  /** {@link #onWritable(Runnable)} with a mark of the caller's, for budgets below the limits. */
  void onWritable(long bytesLow, Runnable action);

  /**
   * Stops reading the client's messages until {@link #resumeRequests}; the one under way, and those
   * that came with it in one chunk of up to 64 KiB, are still delivered. HTTP/2 flow control then
   * holds the client.
   */
  void holdRequests();

  /** Reads on after {@link #holdRequests}. */
  void resumeRequests();

  /** Ends the stream with OK, after all that was taken. */
  void close();

  /** Ends the stream with a status, after all that was taken. */
  void close(EtcdError.Code code, String text);

  /** Ends the stream with a row of the table. */
  default void close(EtcdError error) {
    close(error.code(), error.text());
  }

  /** Whether the stream is over: closed here, or cancelled by the client. */
  boolean isOver();
}
