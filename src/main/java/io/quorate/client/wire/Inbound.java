package io.quorate.client.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What comes in on one stream: frames of gRPC out of the data of HTTP/2, given on as they are asked
 * for. What nobody asked for yet is not given back to the window of the stream, so the other side
 * stops when that is full; a message that is asked for may be larger than the window.
 *
 * <p>Source: the gRPC protocol over HTTP/2, "Length-Prefixed-Message".
 */
final class Inbound {
  private static final int HEAD_BYTES = 5;

  private final Queue<byte[]> whole = new ArrayDeque<>(0);
  private @Nullable ByteBuf partial;
  private int wanted;
  private int kept;

  /** Where messages go. */
  interface Sink {
    /** A message that was asked for. */
    void message(byte[] message);
  }

  /** Data has come that is not what it should be. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedException(String message) {
      super(message);
    }
  }

  /** Asks for {@code count} more. */
  void want(int count) {
    wanted = wanted + count < 0 ? Integer.MAX_VALUE : wanted + count;
  }

  /** Data has come; it stays the caller's. */
  void add(ByteBuf data, int paddingBytes) throws MalformedException {
    kept += data.readableBytes() + paddingBytes;
    ByteBuf from = data;
    if (partial != null) {
      partial.writeBytes(data);
      from = partial;
    }
    while (from.readableBytes() >= HEAD_BYTES) {
      int length = from.getInt(from.readerIndex() + 1);
      if (from.getByte(from.readerIndex()) != 0) {
        throw new MalformedException("a message is compressed, which nobody asked for");
      }
      if (length < 0) {
        throw new MalformedException("a message of " + Integer.toUnsignedLong(length) + " bytes");
      }
      if (from.readableBytes() - HEAD_BYTES < length) {
        break;
      }
      byte[] message = new byte[length];
      from.skipBytes(HEAD_BYTES).readBytes(message);
      whole.add(message);
    }
    keepRest(from);
  }

  private void keepRest(ByteBuf from) {
    if (partial == null) {
      if (from.isReadable()) {
        partial = from.alloc().buffer(Math.max(from.readableBytes(), HEAD_BYTES));
        partial.writeBytes(from);
      }
    } else if (!from.isReadable()) {
      release();
    } else {
      from.discardSomeReadBytes();
    }
  }

  /**
   * Gives on what is there and asked for.
   *
   * @return how many bytes the window gets back
   */
  int give(Sink sink) {
    int back = 0;
    while (wanted > 0 && !whole.isEmpty()) {
      byte[] message = whole.remove();
      if (wanted != Integer.MAX_VALUE) {
        wanted--;
      }
      int part = Math.min(kept, HEAD_BYTES + message.length);
      // At once: who is given a message may ask for the next one before this is over.
      kept -= part;
      back += part;
      sink.message(message);
    }
    if (wanted > 0 && whole.isEmpty()) {
      back += kept;
      kept = 0;
    }
    return back;
  }

  /** Whether something is there that nobody asked for yet. */
  boolean isWaiting() {
    return !whole.isEmpty();
  }

  /** What is not given on any more: all that the window gets back. */
  int end() {
    release();
    whole.clear();
    int back = kept;
    kept = 0;
    return back;
  }

  private void release() {
    if (partial != null) {
      partial.release();
      partial = null;
    }
  }
}
