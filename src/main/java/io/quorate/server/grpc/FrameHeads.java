package io.quorate.server.grpc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads the heads of HTTP/2 frames (RFC 9113, section 4.1) in one direction of a connection and
 * passes over what they head. The bytes come in pieces that are cut anywhere. Not for several
 * threads.
 */
final class FrameHeads {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int END_STREAM = 1;

  private static final int HEAD_BYTES = 9;
  // What a client sends first (section 3.4).
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** Is shown every head. */
  interface Reader {
    /**
     * A frame begins.
     *
     * @param length the bytes that it heads
     */
    void onFrame(int type, int flags, int stream, int length);
  }

  private final Reader reader;
  private final byte[] head = new byte[HEAD_BYTES];
  private int headBytes;
  private int prefaceBytes;
  private int skip;
  private boolean foreign;

  private FrameHeads(Reader reader, int prefaceBytes) {
    this.reader = reader;
    this.prefaceBytes = prefaceBytes;
  }

  /** What a client sends: a preface, then frames; all else is another protocol. */
  static FrameHeads ofClient(Reader reader) {
    return new FrameHeads(reader, 0);
  }

  /** What a server sends. */
  static FrameHeads ofServer(Reader reader) {
    return new FrameHeads(reader, PREFACE.length);
  }

  /** Whether the preface was read, so that what follows are frames. */
  boolean isHttp2() {
    return !foreign && prefaceBytes == PREFACE.length;
  }

  /** Whether another protocol was found. */
  boolean isForeign() {
    return foreign;
  }

  /** Reads the next piece. */
  void read(ByteBuffer bytes) {
    while (!foreign && bytes.hasRemaining()) {
      if (prefaceBytes < PREFACE.length) {
        foreign = bytes.get() != PREFACE[prefaceBytes];
        prefaceBytes++;
      } else if (skip > 0) {
        int passed = Math.min(skip, bytes.remaining());
        bytes.position(bytes.position() + passed);
        skip -= passed;
      } else {
        int more = Math.min(HEAD_BYTES - headBytes, bytes.remaining());
        bytes.get(head, headBytes, more);
        headBytes += more;
        if (headBytes == HEAD_BYTES) {
          headBytes = 0;
          skip = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | (head[2] & 0xff);
          reader.onFrame(head[3], head[4], stream(), skip);
        }
      }
    }
  }

  private int stream() {
    return (head[5] & 0x7f) << 24
        | (head[6] & 0xff) << 16
        | (head[7] & 0xff) << 8
        | (head[8] & 0xff);
  }
}
