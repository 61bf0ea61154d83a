package io.quorate.server.grpc;

import io.quorate.base.EtcdError.Code;
import io.quorate.base.EtcdException;
import org.jspecify.annotations.Nullable;

/**
 * The body of a unary call: hands its first message to the handler as soon as it is complete, and
 * ignores what follows, as grpc-go does.
 */
final class UnaryBody implements CallStage.Reader {
  private final UnaryCall call;
  private final UnaryHandler handler;
  private final int messageBytesMax;
  private final String encoding;
  private @Nullable FrameDecoder decoder;
  private boolean handled;

  UnaryBody(UnaryCall call, UnaryHandler handler, int messageBytesMax, String encoding) {
    this.call = call;
    this.handler = handler;
    this.messageBytesMax = messageBytesMax;
    this.encoding = encoding;
  }

  /**
   * If {@code data} holds a message that is neither compressed nor cut off, handles it in place and
   * returns true.
   */
  boolean isWhole(byte[] data) {
    if (data.length < Framed.PREFIX_BYTES || data[0] != 0) {
      return false;
    }
    try {
      int length = FrameDecoder.checkLength(data, messageBytesMax);
      if (length > data.length - Framed.PREFIX_BYTES) {
        return false;
      }
      handle(data, Framed.PREFIX_BYTES, length);
    } catch (EtcdException e) {
      fail(e);
    }
    return true;
  }

  @Override
  public void onBytes(byte[] bytes) {
    if (handled) {
      return;
    }
    try {
      if (decoder == null) {
        decoder = new FrameDecoder(messageBytesMax, encoding);
      }
      decoder.feed(bytes, message -> handle(message, 0, message.length));
    } catch (Exception e) {
      fail(e);
    }
  }

  @Override
  public void onEnd() {
    if (!handled) {
      boolean cut = decoder != null && decoder.isInMessage();
      fail(new EtcdException(Code.UNKNOWN, cut ? "unexpected EOF" : "EOF"));
    }
  }

  @Override
  public void onStart() {
    call.await();
  }

  private void handle(byte[] array, int offset, int length) {
    if (handled) {
      return;
    }
    handled = true;
    call.received(length);
    try {
      handler.call(call.context(), array, offset, length, call);
    } catch (Exception e) {
      call.fail(e);
    }
    if (!call.isDone()) {
      call.await();
    }
  }

  private void fail(Exception error) {
    handled = true;
    call.fail(error);
  }
}
