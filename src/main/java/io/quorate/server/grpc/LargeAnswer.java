package io.quorate.server.grpc;

/** How a whole answer is sent so that its memory is known until it has left. */
final class LargeAnswer {
  /** An answer up to this size is sent strict and nobody counts it. */
  static final int UNCOUNTED_BYTES_MAX = 64 * 1024;

  /**
   * The end of an answer that is sent from an array of its own: Pekko HTTP asks for more when less
   * than two frames of 16 KiB wait, and until then holds the whole array before.
   */
  static final int TAIL_BYTES = 32 * 1024;

  /** More than header and end of an answer take beside the pairs. */
  private static final int BESIDE_BYTES = 256;

  private LargeAnswer() {}

  /** Whether an answer whose pairs take {@code bytes} is counted, near the bound in any case. */
  static boolean isCounted(long bytes) {
    return bytes > UNCOUNTED_BYTES_MAX - BESIDE_BYTES;
  }

  /** Sends {@code message}; closes {@code share} when it has left. */
  static void send(UnaryReply reply, Framed message, RangeBudget.Share share) {
    if (message.length() <= UNCOUNTED_BYTES_MAX) {
      share.close();
      reply.ok(message);
      return;
    }
    Outbound out = reply.stream(share::close);
    int cut = message.length() - TAIL_BYTES;
    Framed tail = message.copyFrom(cut);
    out.offer(message.first(cut));
    // Behind the head and not with it: the queue takes anything only while it is empty.
    out.onWritable(
        0,
        () -> {
          out.offer(tail);
          out.close();
        });
  }
}
