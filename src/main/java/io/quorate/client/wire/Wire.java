package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.quorate.client.ClientException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * What a client speaks to its members through: calls that find one, and streams to one. For every
 * thread.
 */
public final class Wire implements AutoCloseable {
  /** What the end of the connections may take before a close goes on without it. */
  private static final long END_MILLIS_MAX = 1_000;

  private final IoThreads threads;
  private final Deadlines deadlines;
  private final Tokens tokens;
  private final Pool pool;
  private final long attemptNanos;
  private final long callNanos;
  private final Set<Closing> closings = ConcurrentHashMap.newKeySet();
  private volatile boolean isClosed;

  /** What has to end with the client. */
  public interface Closing {
    /** Nothing can be asked any more. Once or twice, on any thread. */
    void wireClosed();
  }

  private Wire(WireSettings settings) {
    this.threads = new IoThreads(settings.ioThreads());
    this.deadlines = new Deadlines(threads.first());
    this.tokens = new Tokens(settings.credentials(), this);
    this.attemptNanos = settings.timing().attempt().toNanos();
    this.callNanos = settings.timing().call().toNanos();
    Dialer dialer = new Dialer(threads, settings.tls(), tokens::token);
    this.pool = new Pool(threads, dialer, settings.endpoints(), settings.syncsMembers());
  }

  /**
   * Begins to connect, and returns at once.
   *
   * @throws IllegalArgumentException if the files of TLS are of no use
   */
  public static Wire open(WireSettings settings) {
    Wire wire = new Wire(settings);
    wire.pool.open();
    return wire;
  }

  /**
   * Asks a member, and another one where that is safe.
   *
   * @param decode what is made of the answer, on a thread of the client
   * @return fails with a {@link ClientException}
   */
  public <Q extends MessageLite, A extends MessageLite, R> Answer<R> call(
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
      tokens.renew(null).whenComplete((token, failure) -> pool.await(stream));
    } else {
      pool.await(stream);
    }
  }

  /** Asks for a new token, unless there is another one than {@code stream} was refused with. */
  public void renewToken(Stream<?, ?> stream) {
    if (tokens.isUsed()) {
      tokens.renew(stream.token());
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

  /** What a call may take, with all its attempts. */
  public long callMillis() {
    return TimeUnit.NANOSECONDS.toMillis(callNanos);
  }

  /** What is wrong with each endpoint, for people. */
  public String troubles() {
    return pool.troubles();
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
    CompletableFuture<Void> ended = new CompletableFuture<>();
    pool.execute(
        () -> {
          pool.close();
          ended.complete(null);
        });
    try {
      if (!IoThreads.isOneOfThem(Thread.currentThread())) {
        ended.get(END_MILLIS_MAX, TimeUnit.MILLISECONDS);
      }
    } catch (TimeoutException e) {
      // Something that depends on an answer blocks the thread; the rest is done when that returns.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      threads.close();
    }
  }
}
