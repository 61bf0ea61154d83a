package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import io.quorate.client.ClientException;
import io.quorate.client.wire.Method.Repeat;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request, and its attempts one after the other, until there is an answer, a refusal, or no
 * time left. {@link Verdict} says what may be tried again.
 */
final class UnaryCall<Q extends MessageLite, A extends MessageLite, R> extends Answer<R>
    implements Pool.Waiter, Deadlines.Timed {
  /** How often a request is tried at most. */
  static final int ATTEMPTS_MAX = 40;

  /** How often it is tried with a new token. */
  private static final int TOKENS_MAX = 2;

  private static final Backoff BACKOFF = new Backoff(20, 500);

  private final Wire wire;
  private final Method<Q, A> method;
  private final Q request;
  private final Function<A, R> decode;
  private final long deadlineNanos;
  private volatile long dueNanos;
  private volatile @Nullable Attempt attempt;
  private volatile String lastSeen = "";
  private int attempts;
  private int tokens;

  /** The request at one member. */
  private final class Attempt extends Single<Q, A> {
    private final Connection connection;
    private final Line line;
    private volatile boolean isCut;

    Attempt(Connection connection, Line line) {
      super(method, request);
      this.connection = connection;
      this.line = line;
    }

    @Override
    void onAnswer(A given) {
      attempt = null;
      if (!isDone()) {
        succeed(given);
      }
    }

    @Override
    void onFailure(Code code, String text, boolean isUnseen) {
      attempt = null;
      if (!isDone()) {
        ended(this, isCut ? Code.DEADLINE_EXCEEDED : code, text, !isUnseen);
      }
    }

    /** Its answer is not waited for any more. */
    void cut() {
      isCut = true;
      line.execute(() -> line.cancel(this, "no answer in time"));
    }
  }

  UnaryCall(Wire wire, Method<Q, A> method, Q request, Function<A, R> decode, long nanosMax) {
    this.wire = wire;
    this.method = method;
    this.request = request;
    this.decode = decode;
    long now = System.nanoTime();
    this.deadlineNanos = now + nanosMax;
    this.dueNanos = Math.min(now + wire.attemptNanos(), deadlineNanos);
  }

  UnaryCall<Q, A, R> begin() {
    wire.deadlines().add(this);
    if (wire.isClosed()) {
      closed();
    }
    if (wire.tokens().isMissing() && !method.name().equals(Methods.AUTHENTICATE.name())) {
      nextWith(wire.tokens().renew(null));
    } else {
      next(null);
    }
    return this;
  }

  /** Goes on when there is a token; the time for that is part of the time of the call. */
  private void nextWith(CompletionStage<String> renewal) {
    var unused =
        renewal.whenComplete(
            (token, failure) -> {
              if (failure == null) {
                next(null);
              } else {
                completeExceptionally(failure);
              }
            });
  }

  private void next(@Nullable Connection avoided) {
    if (isDone()) {
      return;
    }
    Connection picked = wire.pool().pick(method.repeat(), avoided);
    Line line = picked == null ? null : picked.line();
    if (picked == null || line == null) {
      wire.pool().await(this);
    } else {
      go(picked, line);
    }
  }

  @Override
  public Repeat repeat() {
    return method.repeat();
  }

  @Override
  public void go(Connection to, Line line) {
    if (attempts++ > 0) {
      dueNanos = Math.min(System.nanoTime() + wire.attemptNanos(), deadlineNanos);
    }
    Attempt next = new Attempt(to, line);
    attempt = next;
    line.start(next);
  }

  @Override
  public void giveUp(Code code, String why) {
    fail(
        code == Code.CANCELLED
            ? new ClientException.Closed()
            : new ClientException.Unavailable(why));
  }

  @Override
  public boolean isOver() {
    return isDone();
  }

  /** Who gives up the result, in whatever way, gives up the call. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return cutIf(super.cancel(mayInterruptIfRunning));
  }

  @Override
  public boolean completeExceptionally(Throwable why) {
    return cutIf(super.completeExceptionally(why));
  }

  @Override
  public boolean complete(R value) {
    return cutIf(super.complete(value));
  }

  /** There is nothing left to cut where it was the call that ended. */
  private boolean cutIf(boolean isFirst) {
    if (isFirst) {
      cut();
    }
    return isFirst;
  }

  @Override
  public long dueNanos() {
    return dueNanos;
  }

  @Override
  public void due(long now) {
    Attempt running = attempt;
    if (now - deadlineNanos >= 0) {
      if (running == null) {
        fail(new ClientException.Unavailable("no member could be asked in time: " + seen()));
      } else {
        running.cut();
      }
      return;
    }
    dueNanos = deadlineNanos;
    if (running == null) {
      return;
    }
    if (method.repeat() == Repeat.UNSAFE) {
      running.connection.ask();
    } else {
      running.connection.suspect("a call had no answer in time");
      running.cut();
    }
  }

  @Override
  public void closed() {
    fail(new ClientException.Closed());
  }

  private void cut() {
    Attempt running = attempt;
    if (running != null) {
      running.cut();
    }
  }

  private String seen() {
    return lastSeen.isEmpty() ? wire.pool().troubles() : lastSeen;
  }

  private void succeed(A answer) {
    R decoded;
    try {
      decoded = decode.apply(answer);
    } catch (RuntimeException e) {
      completeExceptionally(e);
      return;
    }
    complete(decoded);
  }

  private void ended(Attempt at, Code code, String text, boolean isSeen) {
    if (wire.isClosed()) {
      fail(new ClientException.Closed());
      return;
    }
    Verdict verdict = Verdict.of(code, text, isSeen, method.repeat());
    if (verdict.isSick()) {
      at.connection.suspect(text);
    }
    lastSeen = at.connection.endpoint() + ": " + text;
    switch (verdict.next()) {
      case REFUSED -> fail(refusal(code, text));
      case AMBIGUOUS -> fail(new ClientException.Ambiguous(lastSeen));
      case AUTHENTICATE -> authenticate(at, code, text);
      case RETRY -> retry(at.connection);
    }
  }

  private static ClientException refusal(Code code, String text) {
    return text.equals(EtcdError.COMPACTED.text())
        ? new ClientException.Compacted(code, text, 0)
        : new ClientException.Refused(code, text);
  }

  private void authenticate(Attempt at, Code code, String text) {
    if (tokens++ >= TOKENS_MAX || !wire.tokens().isUsed()) {
      fail(refusal(code, text));
      return;
    }
    nextWith(wire.tokens().renew(at.token()));
  }

  private void retry(Connection avoided) {
    long left = deadlineNanos - System.nanoTime();
    if (attempts >= ATTEMPTS_MAX || left <= 0) {
      fail(new ClientException.Unavailable("no answer after " + attempts + " attempts: " + seen()));
      return;
    }
    // Another member may do better at once; after that it is not about one of them.
    Connection other = wire.pool().pick(method.repeat(), avoided);
    if (attempts == 1 && other != null && other != avoided) {
      next(avoided);
    } else {
      wire.pool().later(BACKOFF.millis(attempts, wire.pool().luck()), () -> next(avoided));
    }
  }

  private void fail(ClientException why) {
    completeExceptionally(why);
  }
}
