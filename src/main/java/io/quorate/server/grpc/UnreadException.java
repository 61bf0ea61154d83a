package io.quorate.server.grpc;

/**
 * Why a stream is reset, or a connection closed, whose client does not read what it asked for. It
 * is no fault of this server, so it has no stack, and the log leaves out what Pekko HTTP says of
 * it: an {@link Outflow} tells of all of them in one line.
 */
public final class UnreadException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnreadException() {
    super("the client does not read what it asked for", null, false, false);
  }
}
