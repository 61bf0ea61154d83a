package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.quorate.client.ClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What a client speaks to its members through: calls that find one, and streams to one. For every
 * thread.
 */
public final class Wire implements AutoCloseable {
  private static final long KEEPALIVE_SECONDS = 10;
  private static final long KEEPALIVE_SECONDS_MAX = 3;

  /** What the end of one connection may take before a close goes on without it. */
  private static final long END_MILLIS_MAX = 1_000;

  private final WireSettings settings;
  private final IoThreads threads;
  private final Deadlines deadlines;
  private final Tokens tokens;
  private final Pool pool;
  private final long attemptNanos;
  private final long callNanos;
  private final @Nullable SslContext tls;
  private final Set<Closing> closings = ConcurrentHashMap.newKeySet();
  private volatile boolean isClosed;

  /** What has to end with the client. */
  public interface Closing {
    /** Nothing can be asked any more. Once or twice, on any thread. */
    void wireClosed();
  }

  private Wire(WireSettings settings, @Nullable SslContext tls) {
    this.settings = settings;
    this.tls = tls;
    this.threads = new IoThreads(settings.ioThreads());
    this.deadlines = new Deadlines(threads.first());
    this.tokens = new Tokens(settings.credentials(), this);
    this.attemptNanos = settings.timing().attempt().toNanos();
    this.callNanos = settings.timing().call().toNanos();
    this.pool =
        new Pool(
            threads, this::dial, this::metadata, settings.endpoints(), settings.syncsMembers());
  }

  /**
   * Begins to connect, and returns at once.
   *
   * @throws IllegalArgumentException if the files of TLS are of no use
   */
  public static Wire open(WireSettings settings) {
    Wire wire = new Wire(settings, tls(settings.tls()));
    wire.pool.open();
    return wire;
  }

  private static SslContext tls(Tls tls) {
    try {
      SslContextBuilder builder = GrpcSslContexts.forClient();
      tls.trusted().ifPresent(path -> builder.trustManager(path.toFile()));
      tls.identity()
          .ifPresent(who -> builder.keyManager(who.certificate().toFile(), who.key().toFile()));
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "cannot use the files of " + tls + ": " + e.getMessage(), e);
    }
  }

  private ManagedChannel dial(Endpoint endpoint) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
            .eventLoopGroup(threads.group())
            .channelType(threads.channelType())
            .directExecutor()
            .disableRetry()
            .disableServiceConfigLookUp()
            .idleTimeout(Long.MAX_VALUE, TimeUnit.DAYS)
            .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEPALIVE_SECONDS_MAX, TimeUnit.SECONDS)
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .userAgent("quorate-client");
    if (!endpoint.isTls()) {
      return builder.usePlaintext().build();
    }
    settings.tls().serverName().ifPresent(builder::overrideAuthority);
    return builder.sslContext(tls).build();
  }

  /**
   * Asks a member, and another one where that is safe.
   *
   * @param decode what is made of the answer, on a thread of the client
   * @return fails with a {@link ClientException}
   */
  public <Q extends MessageLite, A extends MessageLite, R> Answer<R> call(
      Method<Q, A> method, Q request, Function<A, R> decode) {
    if (tokens.isMissing()) {
      Answer<R> answer = new Answer<>();
      tokens
          .renew()
          .whenComplete(
              (token, failure) -> {
                if (failure == null) {
                  relay(callWithoutToken(method, request, decode), answer);
                } else {
                  answer.completeExceptionally(failure);
                }
              });
      return answer;
    }
    return callWithoutToken(method, request, decode);
  }

  private static <R> void relay(CompletionStage<R> from, CompletableFuture<R> to) {
    from.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            to.complete(value);
          } else {
            to.completeExceptionally(failure);
          }
        });
  }

  <Q extends MessageLite, A extends MessageLite, R> Answer<R> callWithoutToken(
      Method<Q, A> method, Q request, Function<A, R> decode) {
    if (isClosed) {
      Answer<R> refused = new Answer<>();
      refused.completeExceptionally(new ClientException.Closed());
      return refused;
    }
    return new UnaryCall<>(this, method, request, decode, callNanos).begin();
  }

  /** A stream that is not open yet. */
  public <Q extends MessageLite, A extends MessageLite> Stream<Q, A> stream(
      Method<Q, A> method, Stream.Receiver<Q, A> receiver) {
    return new Stream<>(receiver, method, pool);
  }

  /** Opens {@code stream} to a member that is fit, as soon as there is one. */
  public void open(Stream<?, ?> stream) {
    if (tokens.isMissing()) {
      tokens.renew().whenComplete((token, failure) -> pool.await(stream));
    } else {
      pool.await(stream);
    }
  }

  /** Asks for a new token, for a stream that was told that its own is of no use any more. */
  public void renewToken() {
    if (tokens.isUsed()) {
      tokens.renew();
    }
  }

  /** Runs {@code work} on a thread of the client after {@code millis}; not after a close. */
  public Optional<ScheduledFuture<?>> later(long millis, Runnable work) {
    return pool.later(millis, work);
  }

  /** Runs {@code work} on the first thread of the client; not after a close. */
  public void execute(Runnable work) {
    pool.execute(work);
  }

  /** Tells {@code end} when the client is closed; at once if it is. */
  public void onClose(Closing end) {
    closings.add(end);
    if (isClosed) {
      end.wireClosed();
    }
  }

  /** {@code end} came earlier. */
  public void forget(Closing end) {
    closings.remove(end);
  }

  /** What is wrong with each endpoint, for people. */
  public String troubles() {
    return pool.troubles();
  }

  Metadata metadata() {
    return tokens.metadata();
  }

  Tokens tokens() {
    return tokens;
  }

  Pool pool() {
    return pool;
  }

  Deadlines deadlines() {
    return deadlines;
  }

  long attemptNanos() {
    return attemptNanos;
  }

  /** Whether nothing can be asked any more. */
  public boolean isClosed() {
    return isClosed;
  }

  /**
   * Ends what is under way with {@link ClientException.Closed}, and waits until no connection and
   * no thread is left, unless one of them is the caller.
   */
  @Override
  public void close() {
    synchronized (closings) {
      if (isClosed) {
        return;
      }
      isClosed = true;
    }
    closings.forEach(Closing::wireClosed);
    deadlines.close();
    CompletableFuture<List<Connection>> ended = new CompletableFuture<>();
    pool.execute(() -> ended.complete(pool.close()));
    try {
      if (!IoThreads.isOneOfThem(Thread.currentThread())) {
        for (Connection connection : new ArrayList<>(ended.join())) {
          connection.awaitEnd(END_MILLIS_MAX);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      threads.close();
    }
  }
}
