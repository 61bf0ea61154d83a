package io.quorate.compat;

import io.grpc.netty.shaded.io.netty.bootstrap.Bootstrap;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2DataFrame;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2HeadersFrame;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ResetFrame;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2StreamChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One request over HTTP/2 with every byte chosen by the test, for what no gRPC library would send:
 * broken frames, wrong lengths, unknown encodings. Opens a connection of its own.
 */
final class RawCall {
  private static final int WAIT_SECONDS = 10;

  /**
   * What came back: all headers and trailers, the number of body bytes, and the reset's code or -1.
   */
  record Result(Map<String, String> headers, int bodyBytes, long reset) {}

  private RawCall() {}

  /**
   * Sends one request and waits for its end.
   *
   * @param headers all headers, pseudo headers included
   * @param frames the body, one DATA frame each
   */
  static Result send(int port, Map<String, String> headers, List<byte[]> frames) throws Exception {
    NioEventLoopGroup group = new NioEventLoopGroup(1);
    try {
      Channel connection =
          new Bootstrap()
              .group(group)
              .channel(NioSocketChannel.class)
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel
                          .pipeline()
                          .addLast(
                              Http2FrameCodecBuilder.forClient().build(),
                              new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
                    }
                  })
              .connect("127.0.0.1", port)
              .sync()
              .channel();
      CompletableFuture<Result> result = new CompletableFuture<>();
      connection
          .closeFuture()
          .addListener(closed -> result.completeExceptionally(new IllegalStateException("closed")));
      Http2StreamChannel stream =
          new Http2StreamChannelBootstrap(connection).handler(new Collector(result)).open().get();
      Http2Headers all = new DefaultHttp2Headers();
      headers.forEach(all::set);
      stream.write(new DefaultHttp2HeadersFrame(all, frames.isEmpty()));
      for (int i = 0; i < frames.size(); i++) {
        ByteBuf body = Unpooled.wrappedBuffer(frames.get(i));
        stream.write(new DefaultHttp2DataFrame(body, i == frames.size() - 1));
      }
      stream.flush();
      return result.get(WAIT_SECONDS, TimeUnit.SECONDS);
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  /** Gathers one answer until its stream ends. */
  private static final class Collector extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Result> result;
    private final Map<String, String> headers = new TreeMap<>();
    private int bodyBytes;

    Collector(CompletableFuture<Result> result) {
      this.result = result;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof Http2HeadersFrame frame) {
        frame.headers().forEach(e -> headers.put(e.getKey().toString(), e.getValue().toString()));
        endIf(frame.isEndStream());
      } else if (message instanceof Http2DataFrame frame) {
        bodyBytes += frame.content().readableBytes();
        endIf(frame.isEndStream());
      }
      ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof Http2ResetFrame reset) {
        result.complete(new Result(headers, bodyBytes, reset.errorCode()));
      }
      ReferenceCountUtil.release(event);
    }

    private void endIf(boolean end) {
      if (end) {
        result.complete(new Result(headers, bodyBytes, -1));
      }
    }
  }
}
