package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Status;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import io.quorate.client.ClientException;
import io.quorate.client.wire.Method.Repeat;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request, and its attempts one after the other, until there is an answer, a refusal, or no
 * time left. {@link Verdict} says what may be tried again.
 */
final class UnaryCall<Q extends MessageLite, A extends MessageLite, R>
    extends ClientCall.Listener<A> implements Pool.Waiter, Deadlines.Timed {
  /** How often a request is tried at most. */
  static final int ATTEMPTS_MAX = 40;

  /** How often it is tried with a new token. */
  private static final int TOKENS_MAX = 2;

  private static final Backoff BACKOFF = new Backoff(20, 500);

  private final Wire wire;
  private final Method<Q, A> method;
  private final Q request;
  private final Function<A, R> decode;
  private final Answer<R> result;
  private final long deadlineNanos;
  private volatile long dueNanos;
  private volatile boolean isCut;
  private volatile @Nullable ClientCall<Q, A> call;
  private @Nullable Connection connection;
  private @Nullable A message;
  private int attempts;
  private int tokens;
  private volatile String lastSeen = "";

  /** The result; who gives it up gives up the call. */
  private static final class Result<R> extends Answer<R> {
    private volatile @Nullable UnaryCall<?, ?, R> of;

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      boolean isCancelled = super.cancel(mayInterruptIfRunning);
      UnaryCall<?, ?, R> call = of;
      if (isCancelled && call != null) {
        call.cut();
      }
      return isCancelled;
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
    Result<R> ours = new Result<>();
    ours.of = this;
    this.result = ours;
  }

  Answer<R> begin() {
    wire.deadlines().add(this);
    if (wire.isClosed()) {
      closed();
    }
    next(null);
    return result;
  }

  private void next(@Nullable Connection avoided) {
    if (isOver()) {
      return;
    }
    Connection picked = wire.pool().pick(method.repeat(), avoided);
    if (picked == null) {
      wire.pool().await(this);
    } else {
      go(picked);
    }
  }

  @Override
  public Repeat repeat() {
    return method.repeat();
  }

  @Override
  public void go(Connection to) {
    attempts++;
    connection = to;
    message = null;
    isCut = false;
    if (attempts > 1) {
      dueNanos = Math.min(System.nanoTime() + wire.attemptNanos(), deadlineNanos);
    }
    ClientCall<Q, A> attempt = to.channel().newCall(method.descriptor(), CallOptions.DEFAULT);
    attempt.start(this, wire.metadata());
    attempt.request(2);
    attempt.sendMessage(request);
    attempt.halfClose();
    call = attempt;
    if (result.isDone()) {
      cut();
    }
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
    return result.isDone();
  }

  @Override
  public long dueNanos() {
    return dueNanos;
  }

  @Override
  public void due(long now) {
    ClientCall<Q, A> running = call;
    if (now - deadlineNanos >= 0) {
      if (running == null) {
        fail(new ClientException.Unavailable("no member could be asked in time: " + seen()));
      } else {
        cut();
      }
      return;
    }
    dueNanos = deadlineNanos;
    Connection at = connection;
    if (running == null || at == null) {
      return;
    }
    if (method.repeat() == Repeat.UNSAFE) {
      at.ask();
    } else {
      at.suspect("a call had no answer in time");
      cut();
    }
  }

  @Override
  public void closed() {
    fail(new ClientException.Closed());
    cut();
  }

  private String seen() {
    return lastSeen.isEmpty() ? wire.pool().troubles() : lastSeen;
  }

  private void cut() {
    ClientCall<Q, A> running = call;
    if (running != null) {
      isCut = true;
      running.cancel("not waited for", null);
    }
  }

  @Override
  public void onMessage(A answer) {
    message = answer;
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    ClientCall<Q, A> ended = call;
    call = null;
    A answer = message;
    if (status.isOk() && answer != null) {
      succeed(answer);
    } else if (!result.isDone()) {
      boolean isSent =
          ended == null || ended.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) != null;
      Code code = isCut ? Code.DEADLINE_EXCEEDED : Statuses.code(status);
      String text = isCut ? "no answer in time" : Statuses.text(status);
      ended(code, status.isOk() ? "there was no answer" : text, isSent);
    }
  }

  private void succeed(A answer) {
    R decoded;
    try {
      decoded = decode.apply(answer);
    } catch (RuntimeException e) {
      result.completeExceptionally(e);
      return;
    }
    result.complete(decoded);
  }

  private void ended(Code code, String text, boolean isSent) {
    if (wire.isClosed()) {
      fail(new ClientException.Closed());
      return;
    }
    Verdict verdict = Verdict.of(code, text, isSent, method.repeat());
    Connection at = connection;
    if (verdict.isSick() && at != null) {
      at.suspect(text);
    }
    lastSeen = at == null ? text : at.endpoint() + ": " + text;
    switch (verdict.next()) {
      case REFUSED -> fail(refusal(code, text));
      case AMBIGUOUS -> fail(new ClientException.Ambiguous(lastSeen));
      case AUTHENTICATE -> authenticate(code, text);
      case RETRY -> retry(at);
    }
  }

  private static ClientException refusal(Code code, String text) {
    return text.equals(EtcdError.COMPACTED.text())
        ? new ClientException.Compacted(code, text, 0)
        : new ClientException.Refused(code, text);
  }

  private void authenticate(Code code, String text) {
    if (tokens++ >= TOKENS_MAX || !wire.tokens().isUsed()) {
      fail(refusal(code, text));
      return;
    }
    wire.tokens()
        .renew()
        .whenComplete(
            (token, failure) -> {
              if (failure == null) {
                next(null);
              } else {
                result.completeExceptionally(failure);
              }
            });
  }

  private void retry(@Nullable Connection avoided) {
    long left = deadlineNanos - System.nanoTime();
    if (attempts >= ATTEMPTS_MAX || left <= 0) {
      fail(new ClientException.Unavailable("no answer after " + attempts + " attempts: " + seen()));
      return;
    }
    // Another member may do better at once; after that it is not about one of them.
    Connection other = wire.pool().pick(method.repeat(), avoided);
    if (attempts == 1 && other != null && other != avoided) {
      go(other);
    } else {
      wire.pool().later(BACKOFF.millis(attempts, wire.pool().luck()), () -> next(avoided));
    }
  }

  private void fail(ClientException why) {
    result.completeExceptionally(why);
  }
}
