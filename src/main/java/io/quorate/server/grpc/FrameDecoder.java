package io.quorate.server.grpc;

import io.quorate.base.EtcdError.Code;
import io.quorate.base.EtcdException;
import java.util.Arrays;

/**
 * Cuts the body of a request into messages, within a bound: a message holds at most {@code
 * messageBytesMax} bytes, on the wire and inflated. What it keeps grows with what has arrived, not
 * with what a frame announces, so an idle stream that announced much costs nothing. Refusals are
 * worded as grpc-go words them. Not for several threads.
 */
final class FrameDecoder {
  private static final int FIRST_BUFFER_BYTES = 16 * 1024;

  /** Who takes a message. The array is its own. */
  @FunctionalInterface
  interface Messages {
    void take(byte[] message) throws Exception;
  }

  private final int messageBytesMax;
  private final boolean gzip;
  private final byte[] prefix = new byte[Framed.PREFIX_BYTES];
  private int prefixFilled;
  private byte[] body = new byte[0];
  private int bodyFilled;
  private int bodyLength;

  /**
   * @param encoding what the client announced; anything but identity (or nothing) and gzip is
   *     refused
   */
  FrameDecoder(int messageBytesMax, String encoding) {
    this.messageBytesMax = messageBytesMax;
    this.gzip = encoding.equals("gzip");
    checkEncoding(encoding);
  }

  /** Refuses an encoding that we cannot undo. */
  static void checkEncoding(String encoding) {
    if (!encoding.isEmpty() && !encoding.equals("identity") && !encoding.equals("gzip")) {
      throw new EtcdException(
          Code.UNIMPLEMENTED,
          "grpc: Decompressor is not installed for grpc-encoding \"" + encoding + "\"");
    }
  }

  /**
   * Takes the next bytes of the body and gives every message that they complete.
   *
   * @throws EtcdException if the body is malformed or over the bound; the decoder is then of no use
   */
  void feed(byte[] data, Messages messages) throws Exception {
    int at = 0;
    while (at < data.length) {
      if (prefixFilled < Framed.PREFIX_BYTES) {
        int take = Math.min(Framed.PREFIX_BYTES - prefixFilled, data.length - at);
        System.arraycopy(data, at, prefix, prefixFilled, take);
        prefixFilled += take;
        at += take;
        if (prefixFilled < Framed.PREFIX_BYTES) {
          return;
        }
        begin();
      }
      int take = Math.min(bodyLength - bodyFilled, data.length - at);
      append(data, at, take);
      at += take;
      if (bodyFilled == bodyLength) {
        messages.take(finish());
      }
    }
  }

  /** Whether a message has begun that has not ended. */
  boolean isInMessage() {
    return prefixFilled == Framed.PREFIX_BYTES;
  }

  private void begin() {
    bodyLength = checkLength(prefix, messageBytesMax);
    bodyFilled = 0;
    body = new byte[Math.min(bodyLength, FIRST_BUFFER_BYTES)];
  }

  /** The length that a prefix announces, if it is within the bound. */
  static int checkLength(byte[] prefix, int messageBytesMax) {
    long length =
        (prefix[1] & 0xffL) << 24
            | (prefix[2] & 0xff) << 16
            | (prefix[3] & 0xff) << 8
            | (prefix[4] & 0xff);
    if (length > messageBytesMax) {
      throw new EtcdException(
          Code.RESOURCE_EXHAUSTED,
          "grpc: received message larger than max (" + length + " vs. " + messageBytesMax + ")");
    }
    return (int) length;
  }

  private void append(byte[] data, int from, int count) {
    if (bodyFilled + count > body.length) {
      int grown = (int) Math.min(bodyLength, Math.max(2L * body.length, bodyFilled + count));
      body = Arrays.copyOf(body, grown);
    }
    System.arraycopy(data, from, body, bodyFilled, count);
    bodyFilled += count;
  }

  private byte[] finish() {
    byte[] message = body.length == bodyLength ? body : Arrays.copyOf(body, bodyLength);
    body = new byte[0];
    bodyFilled = 0;
    bodyLength = 0;
    prefixFilled = 0;
    return switch (prefix[0]) {
      case 0 -> message;
      case 1 -> {
        if (!gzip) {
          throw new EtcdException(
              Code.INTERNAL, "grpc: compressed flag set with identity or empty encoding");
        }
        yield Gzip.inflate(message, messageBytesMax);
      }
      default ->
          throw new EtcdException(
              Code.INTERNAL, "grpc: received unexpected payload format " + (prefix[0] & 0xff));
    };
  }
}
