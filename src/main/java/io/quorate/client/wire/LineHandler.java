package io.quorate.client.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.StreamBufferingEncoder;
import io.quorate.base.EtcdError.Code;
import java.nio.charset.StandardCharsets;

/** What Netty tells of a connection, told to its {@link Line}. */
final class LineHandler extends Http2ConnectionHandler {
  /** What may wait for the reader of one stream, in bytes, beside the message it asked for. */
  static final int STREAM_WINDOW_BYTES = 1 << 20;

  /** To the largest window there is: streams hold back for themselves, never one for another. */
  private static final int MORE_WINDOW_BYTES =
      Http2CodecUtil.MAX_INITIAL_WINDOW_SIZE - Http2CodecUtil.DEFAULT_WINDOW_SIZE;

  private final Line line;

  private LineHandler(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      Line line) {
    super(decoder, encoder, settings);
    this.line = line;
  }

  /** The handler for {@code line}. */
  static Http2ConnectionHandler http2(Line line) {
    DefaultHttp2Connection connection = new DefaultHttp2Connection(false);
    Http2ConnectionEncoder encoder =
        new StreamBufferingEncoder(
            new DefaultHttp2ConnectionEncoder(connection, new DefaultHttp2FrameWriter()));
    Http2ConnectionDecoder decoder =
        new DefaultHttp2ConnectionDecoder(
            connection,
            encoder,
            new DefaultHttp2FrameReader(new DefaultHttp2HeadersDecoder(false)));
    Http2Settings settings =
        Http2Settings.defaultSettings().pushEnabled(false).initialWindowSize(STREAM_WINDOW_BYTES);
    LineHandler handler = new LineHandler(decoder, encoder, settings, line);
    handler.gracefulShutdownTimeoutMillis(0);
    decoder.frameListener(new Frames(line));
    connection.addListener(handler.new Departure());
    return handler;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    line.attached(ctx);
    super.handlerAdded(ctx);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) throws Exception {
    super.channelActive(ctx);
    Http2Stream all = connection().connectionStream();
    decoder().flowController().incrementWindowSize(all, MORE_WINDOW_BYTES);
    flush(ctx);
  }

  @Override
  public void onError(ChannelHandlerContext ctx, boolean outbound, Throwable cause) {
    if (cause instanceof Http2Exception.StreamException of) {
      line.end(of.streamId(), Code.UNAVAILABLE, "its stream broke: " + cause.getMessage(), false);
      super.onError(ctx, outbound, cause);
    } else {
      line.failed("the connection is broken: " + cause.getMessage());
    }
  }

  private final class Departure extends Http2ConnectionAdapter {
    @Override
    public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
      // With an error, the number may be too low: who broke off did not count first.
      boolean isGraceful = errorCode == Http2Error.NO_ERROR.code();
      line.goAway(
          isGraceful ? lastStreamId : Integer.MAX_VALUE,
          "the member goes away: "
              + Http2Error.valueOf(errorCode)
              + " "
              + debugData.toString(StandardCharsets.UTF_8));
    }

    /** Whatever ended it: nothing comes any more. */
    @Override
    public void onStreamClosed(Http2Stream stream) {
      line.end(stream.id(), Code.UNAVAILABLE, "its stream ended without a status", false);
    }
  }

  /** The frames of the other side. */
  private static final class Frames extends Http2FrameAdapter {
    private static final String STATUS = "grpc-status";
    private static final String MESSAGE = "grpc-message";

    private final Line line;

    Frames(Line line) {
      this.line = line;
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean isLast) {
      int back = line.data(id, data, padding);
      if (isLast) {
        line.end(id, Code.UNAVAILABLE, "its stream ended without a status", false);
      }
      return back;
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int id,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean isLast) {
      onHeadersRead(ctx, id, headers, padding, isLast);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean isLast) {
      CharSequence status = headers.get(STATUS);
      if (status != null && isLast) {
        line.end(id, code(status), text(headers), false);
      } else if (!isGrpc(headers)) {
        line.endAndReset(
            id,
            Code.UNKNOWN,
            Verdict.NO_GRPC
                + " "
                + headers.status()
                + ", content type "
                + headers.get("content-type"));
      } else if (isLast) {
        line.end(id, Code.UNAVAILABLE, "its stream ended without a status", false);
      }
    }

    private static boolean isGrpc(Http2Headers headers) {
      CharSequence type = headers.get("content-type");
      CharSequence status = headers.status();
      return type != null
          && type.toString().startsWith("application/grpc")
          && status != null
          && status.toString().equals("200");
    }

    private static Code code(CharSequence status) {
      try {
        return Code.of(Integer.parseInt(status.toString()));
      } catch (NumberFormatException e) {
        return Code.UNKNOWN;
      }
    }

    private static String text(Http2Headers headers) {
      CharSequence message = headers.get(MESSAGE);
      return message == null ? "" : PercentText.decode(message);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int id, long errorCode) {
      Http2Error error = Http2Error.valueOf(errorCode);
      boolean isUnseen = error == Http2Error.REFUSED_STREAM;
      line.end(id, Code.UNAVAILABLE, "its stream was reset: " + error, isUnseen);
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
      line.settings();
    }
  }
}
