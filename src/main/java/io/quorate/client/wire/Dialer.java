package io.quorate.client.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Makes connections: TCP, TLS where the endpoint asks for it, then HTTP/2. */
final class Dialer {
  /** What a connection may take until the other side has spoken HTTP/2. */
  static final int DIAL_MILLIS_MAX = 2_000;

  private static final String HTTP2 = "h2";

  private final IoThreads threads;
  private final Tls tls;
  private final Supplier<@Nullable String> token;
  private final SslContext context;

  /**
   * A dialer.
   *
   * @param token what calls carry, if anything
   * @throws IllegalArgumentException if the files of {@code tls} are of no use
   */
  Dialer(IoThreads threads, Tls tls, Supplier<@Nullable String> token) {
    this.threads = threads;
    this.tls = tls;
    this.token = token;
    this.context = context(tls);
  }

  private static SslContext context(Tls tls) {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.JDK)
              .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
              .applicationProtocolConfig(
                  new ApplicationProtocolConfig(
                      Protocol.ALPN,
                      SelectorFailureBehavior.NO_ADVERTISE,
                      SelectedListenerFailureBehavior.ACCEPT,
                      HTTP2));
      tls.trusted().ifPresent(path -> builder.trustManager(path.toFile()));
      tls.identity()
          .ifPresent(who -> builder.keyManager(who.certificate().toFile(), who.key().toFile()));
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalArgumentException("cannot use the files of " + tls + ": " + e, e);
    }
  }

  /** Begins a connection to {@code endpoint}; {@code owner} is told what becomes of it. */
  Line dial(Endpoint endpoint, Line.Owner owner) {
    EventLoop loop = threads.next();
    Line line = new Line(owner, new Heads(endpoint), token, loop);
    // A name is looked up where that may take its time.
    CompletableFuture<InetAddress> found =
        isAddress(endpoint.host())
            ? CompletableFuture.completedFuture(resolve(endpoint.host()))
            : CompletableFuture.supplyAsync(() -> resolve(endpoint.host()));
    var unused =
        found.whenComplete(
            (address, failure) ->
                IoThreads.execute(
                    loop,
                    () -> {
                      if (failure == null) {
                        connect(endpoint, new InetSocketAddress(address, endpoint.port()), line);
                      } else {
                        line.failed("its name is not known: " + failure.getMessage());
                      }
                    }));
    return line;
  }

  private static boolean isAddress(String host) {
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
  }

  private static InetAddress resolve(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new CompletionException(e);
    }
  }

  private void connect(Endpoint endpoint, InetSocketAddress address, Line line) {
    new Bootstrap()
        .group(line.loop())
        .channel(threads.channelType())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, DIAL_MILLIS_MAX)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                if (endpoint.isTls()) {
                  channel.pipeline().addLast(tls(channel, endpoint), new Handshake(line));
                }
                line.install(channel);
              }
            })
        .connect(address)
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                line.failed(String.valueOf(done.cause().getMessage()));
              }
            });
  }

  private SslHandler tls(Channel channel, Endpoint endpoint) {
    String name = tls.serverName().orElse(endpoint.host());
    SslHandler handler = context.newHandler(channel.alloc(), name, endpoint.port());
    SSLParameters parameters = handler.engine().getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    handler.engine().setSSLParameters(parameters);
    handler.setHandshakeTimeoutMillis(DIAL_MILLIS_MAX);
    return handler;
  }

  /** Says why a handshake failed, which the connection's end does not. */
  private static final class Handshake extends ChannelInboundHandlerAdapter {
    private final Line line;

    Handshake(Line line) {
      this.line = line;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent end) {
        SslHandler handler = ctx.pipeline().get(SslHandler.class);
        if (!end.isSuccess()) {
          line.failed("the TLS handshake failed: " + end.cause().getMessage());
        } else if (!HTTP2.equals(handler.applicationProtocol())) {
          line.failed("the other side does not speak HTTP/2");
        }
      }
      ctx.fireUserEventTriggered(event);
    }
  }
}
