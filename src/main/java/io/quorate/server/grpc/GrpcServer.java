package io.quorate.server.grpc;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.quorate.base.Check;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.http.scaladsl.Http;
import org.apache.pekko.http.scaladsl.Http$;
import org.apache.pekko.http.scaladsl.ServerBuilder;
import org.apache.pekko.http.scaladsl.settings.ServerSettings;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SystemMaterializer;
import org.jspecify.annotations.Nullable;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.duration.FiniteDuration;

/**
 * A port that serves gRPC and plain HTTP, over HTTP/2 and HTTP/1.1. The actor system should be
 * started with {@link #config()}: that is what the measured costs rest on, and what counts the
 * answers that clients do not read.
 */
public final class GrpcServer {
  /** How long after the grace of {@link #stop} connections may flush what they hold. */
  private static final Duration FLUSH = Duration.ofSeconds(1);

  private static final String STREAMS_SETTING = "pekko.http.server.http2.max-concurrent-streams";

  private final Http.ServerBinding binding;
  private final Dispatcher.Shared shared;
  private final Cancellable sweeper;
  private final ActorSystem system;
  private @Nullable CompletionStage<Void> stopped;

  private GrpcServer(
      Http.ServerBinding binding,
      Dispatcher.Shared shared,
      Cancellable sweeper,
      ActorSystem system) {
    this.binding = binding;
    this.shared = shared;
    this.sweeper = sweeper;
    this.system = system;
  }

  /** The transport's settings ({@code quorate-http.conf}), for the config of the actor system. */
  public static Config config() {
    return ConfigFactory.parseResources(GrpcServer.class.getClassLoader(), "quorate-http.conf");
  }

  /**
   * Listens at {@code at}, port 0 for a free one. The stage fails if the address cannot be bound.
   *
   * @param tls makes an engine for each connection; empty for plain text, with HTTP/2 by prior
   *     knowledge
   */
  public static CompletionStage<GrpcServer> bind(
      ActorSystem system,
      InetSocketAddress at,
      Optional<Supplier<SSLEngine>> tls,
      MethodTable methods,
      HttpRoutes routes,
      Limits limits) {
    Materializer materializer = SystemMaterializer.get(system).materializer();
    Check.that(
        system.settings().config().hasPath(Metering.SETTING),
        "the actor system was started without GrpcServer.config()");
    Outflow outflow = Outflow.of(system);
    Dispatcher.Shared shared = new Dispatcher.Shared(limits, outflow);
    PlainHttp plain = new PlainHttp(routes, shared, materializer);
    ServerBuilder builder =
        Http$.MODULE$
            .apply(system)
            .newServerAt(at.getHostString(), at.getPort())
            .withSettings(settings(system, limits));
    Cancellable sweeper = sweep(system, shared);
    Dispatcher dispatcher = new Dispatcher(methods, plain, shared, materializer);
    return stage(outflow.bind(tls, () -> builder.bind(dispatcher)))
        .whenComplete(
            (bound, error) -> {
              if (error != null) {
                sweeper.cancel();
              }
            })
        .thenApply(bound -> new GrpcServer(bound, shared, sweeper, system));
  }

  private static ServerSettings settings(ActorSystem system, Limits limits) {
    Config config =
        ConfigFactory.parseMap(Map.of(STREAMS_SETTING, limits.streamsPerConnectionMax()))
            .withFallback(config())
            .withFallback(system.settings().config());
    return ServerSettings.apply(config.resolve());
  }

  private static Cancellable sweep(ActorSystem system, Dispatcher.Shared shared) {
    Duration every = Duration.ofMillis(PendingCalls.SWEEP_MILLIS);
    return system
        .scheduler()
        .scheduleWithFixedDelay(
            every, every, () -> shared.pending().sweep(System.nanoTime()), system.dispatcher());
  }

  /** The address that was bound. */
  public InetSocketAddress address() {
    return binding.localAddress();
  }

  /** How many unary calls wait for an answer, and streams for a connection or a deadline. */
  public int pendingCalls() {
    return shared.pending().size();
  }

  /** How many streams are open. */
  public int openStreams() {
    return shared.streams().size();
  }

  /**
   * Stops: no new connection, no new call, every stream ended with "server stopped", clients told
   * to go away. Calls that still run after {@code grace} are refused with the same status. The
   * stage completes when the last connection is closed, a second after the grace at the latest.
   */
  public synchronized CompletionStage<Void> stop(Duration grace) {
    if (stopped == null) {
      stopped = stopOnce(grace);
    }
    return stopped;
  }

  private CompletionStage<Void> stopOnce(Duration grace) {
    shared.stopAccepting();
    FiniteDuration hard = FiniteDuration.fromNanos(grace.plus(FLUSH).toNanos());
    CompletionStage<Http.HttpTerminated> closed = stage(binding.terminate(hard));
    shared.stopStreams();
    Cancellable last =
        system.scheduler().scheduleOnce(grace, () -> shared.pending().stop(), system.dispatcher());
    return closed.handle(
        (done, error) -> {
          last.cancel();
          sweeper.cancel();
          shared.stopStreams();
          shared.pending().stop();
          return null;
        });
  }

  private static <T> CompletionStage<T> stage(Future<T> future) {
    CompletableFuture<T> stage = new CompletableFuture<>();
    future.onComplete(
        result -> {
          if (result.isSuccess()) {
            stage.complete(result.get());
          } else {
            stage.completeExceptionally(result.failed().get());
          }
          return null;
        },
        ExecutionContext.parasitic$.MODULE$);
    return stage;
  }
}
