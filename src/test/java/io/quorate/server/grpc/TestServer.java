package io.quorate.server.grpc;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.testkit.javadsl.TestKit;

/** A server on a free port of the loopback, with the clients that were made for it. */
final class TestServer implements AutoCloseable {
  private final ActorSystem system;
  private final GrpcServer server;
  private final List<ManagedChannel> channels = new ArrayList<>();

  TestServer(MethodTable methods, HttpRoutes routes, Limits limits) {
    system = ActorSystem.create("wire", config());
    server =
        GrpcServer.bind(
                system,
                new InetSocketAddress("127.0.0.1", 0),
                Optional.empty(),
                methods,
                routes,
                limits)
            .toCompletableFuture()
            .orTimeout(20, TimeUnit.SECONDS)
            .join();
  }

  /** The settings of a member's connections and threads. */
  static Config config() {
    return GrpcServer.config()
        .withFallback(ConfigFactory.parseResources("quorate-node.conf"))
        .withFallback(ConfigFactory.load())
        .resolve();
  }

  TestServer(MethodTable methods) {
    this(methods, HttpRoutes.NONE, Limits.defaults());
  }

  GrpcServer server() {
    return server;
  }

  int port() {
    return server.address().getPort();
  }

  ManagedChannel channel() {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port())
            .usePlaintext()
            .maxInboundMessageSize(256 << 20)
            .build();
    channels.add(channel);
    return channel;
  }

  /** A channel whose streams have a window of {@code bytes}, whatever the client measures. */
  ManagedChannel channelOfWindow(int bytes) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port())
            .usePlaintext()
            .maxInboundMessageSize(256 << 20)
            .flowControlWindow(bytes)
            .build();
    channels.add(channel);
    return channel;
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.stop(Duration.ZERO).toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    TestKit.shutdownActorSystem(system);
  }
}
