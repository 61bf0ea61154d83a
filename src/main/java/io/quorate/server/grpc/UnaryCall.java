package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import io.quorate.base.EtcdException;
import java.time.Duration;
import org.apache.pekko.http.scaladsl.model.ContentType;
import org.apache.pekko.http.scaladsl.model.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * One unary call on its way. It ends in one of four ways: answered soon, with one strict response;
 * refused or late for its deadline, with headers only; slow; or in parts. Pekko HTTP tells a
 * handler nothing of a client that resets such a stream, and holds a slot of the connection until
 * the handler answers. So a slow call's headers are sent ahead with an open body: the slot is free,
 * the message and the status follow when they are there, and a reset is seen.
 */
final class UnaryCall extends PendingCalls.Entry implements UnaryReply, OutboundQueue.Owner {
  /** How long a client may leave an answer in parts unread before its stream is reset. */
  static final Duration STALL_MAX = Duration.ofSeconds(60);

  /** Instead of an answer that there is no room for. The call may have written: it is left open. */
  private static final EtcdError CROWDED = EtcdError.TIMEOUT;

  private final Dispatcher.Shared shared;
  private final Flight flight;
  private final RequestContext context;
  private final ContentType type;
  private final MethodMetrics metrics;
  private final long startNanos;
  private final ReplyFuture<HttpResponse> response = new ReplyFuture<>();
  private volatile boolean settled;
  private @Nullable OutboundQueue late;
  // An answer in parts: who is told that it has left, and what the clock saw of it last.
  private volatile boolean inParts;
  private boolean gone;
  private @Nullable Runnable whenLeft;
  private long takenBytes;
  private long takenNanos;

  UnaryCall(
      Dispatcher.Shared shared,
      Flight flight,
      RequestContext context,
      ContentType type,
      MethodMetrics metrics) {
    this.shared = shared;
    this.flight = flight;
    this.context = context;
    this.type = type;
    this.metrics = metrics;
    this.startNanos = System.nanoTime();
    metrics.started();
  }

  /** Sends the headers ahead at once, because the request is still under way. */
  OutboundQueue openBody() {
    late = new OutboundQueue(shared.limits(), flight, this);
    return late;
  }

  /** Lets the clock see the call while it waits. */
  void await() {
    shared.pending().add(this);
  }

  /** The client's message of {@code bytes} is there. */
  void received(int bytes) {
    metrics.received(bytes);
  }

  ReplyFuture<HttpResponse> response() {
    return response;
  }

  RequestContext context() {
    return context;
  }

  @Override
  public void ok(Framed message) {
    OutboundQueue queue;
    synchronized (this) {
      if (settled) {
        return;
      }
      settled = true;
      queue = late;
    }
    if (queue == null) {
      // Counted first: whoever has the answer finds it counted.
      if (flight.whole(message.length())) {
        metrics.sent(message.length() - Framed.PREFIX_BYTES);
        over(Code.OK);
        response.success(Answers.ok(type, message));
      } else {
        refused(CROWDED.code());
        response.success(Answers.refusal(type, 200, CROWDED.code(), CROWDED.text()));
      }
    } else {
      queue.offer(message);
      queue.close();
    }
    shared.pending().remove(this);
  }

  @Override
  public Outbound stream(Runnable onLeft) {
    OutboundQueue queue = null;
    boolean ahead = true;
    boolean over;
    synchronized (this) {
      queue = late;
      if (queue == null) {
        queue = new OutboundQueue(shared.limits(), flight, this);
        late = queue;
        ahead = false;
      }
      over = settled || gone;
      if (!over) {
        settled = true;
        inParts = true;
        whenLeft = onLeft;
        takenBytes = queue.takenBytes();
        takenNanos = System.nanoTime();
      }
    }
    if (over) {
      onLeft.run();
      OutboundQueue nobody = new OutboundQueue(shared.limits(), Flight.UNCOUNTED, () -> {});
      nobody.gone();
      return nobody;
    }
    if (!ahead) {
      response.success(Answers.streamed(type, 200, CallStage.of(queue, true)));
    }
    shared.pending().add(this);
    return queue;
  }

  @Override
  public void fail(Code code, String text) {
    OutboundQueue queue;
    synchronized (this) {
      if (settled) {
        return;
      }
      settled = true;
      queue = late;
    }
    if (queue == null) {
      refused(code);
      response.success(Answers.refusal(type, 200, code, text));
    } else {
      queue.close(code, text);
    }
    shared.pending().remove(this);
  }

  /** The handler, or the transport, has thrown. */
  void fail(Throwable error) {
    EtcdException told = Answers.told(error, true);
    if (told != error) {
      shared.logUnexpected(context.path(), error);
    }
    fail(told.code(), told.text());
  }

  @Override
  public boolean isDone() {
    return settled;
  }

  @Override
  boolean isSettled() {
    return settled && !inParts;
  }

  @Override
  void look(long nowNanos) {
    if (inParts) {
      lookAtParts(nowNanos);
      return;
    }
    long age = nowNanos - startNanos;
    if (context.isLate(nowNanos) || age >= shared.limits().unaryCallMax().toNanos()) {
      fail(Code.DEADLINE_EXCEEDED, Dispatcher.DEADLINE_TEXT);
    } else if (age >= shared.limits().slowCallAfter().toNanos()) {
      sendHeadersAhead();
    }
  }

  private void lookAtParts(long nowNanos) {
    OutboundQueue queue;
    boolean stalled;
    synchronized (this) {
      queue = late;
      if (queue == null) {
        return;
      }
      long taken = queue.takenBytes();
      if (taken != takenBytes) {
        takenBytes = taken;
        takenNanos = nowNanos;
      }
      stalled = nowNanos - takenNanos >= STALL_MAX.toNanos();
    }
    if (context.isLate(nowNanos)) {
      queue.close(Code.DEADLINE_EXCEEDED, Dispatcher.DEADLINE_TEXT);
    }
    if (stalled) {
      queue.abort();
    }
  }

  @Override
  void stop() {
    OutboundQueue queue = inParts ? parts() : null;
    if (queue != null) {
      queue.close(Dispatcher.STOPPED);
    } else {
      fail(Dispatcher.STOPPED.code(), Dispatcher.STOPPED.text());
    }
  }

  private synchronized @Nullable OutboundQueue parts() {
    return late;
  }

  private void sendHeadersAhead() {
    OutboundQueue queue;
    synchronized (this) {
      if (settled || late != null) {
        return;
      }
      queue = new OutboundQueue(shared.limits(), flight, this);
      late = queue;
    }
    response.success(Answers.streamed(type, 200, CallStage.of(queue, true)));
  }

  private void refused(Code code) {
    metrics.sent(0);
    over(code);
  }

  private void over(Code code) {
    metrics.handled(code, startNanos);
  }

  // ---- the queue's owner

  @Override
  public void onQueued(int bytes) {
    metrics.sentBytes(bytes);
  }

  @Override
  public void onOver(Code code) {
    metrics.sent(0); // its bytes were counted as they came
    over(code);
  }

  @Override
  public void onGone() {
    synchronized (this) {
      settled = true;
    }
    shared.pending().remove(this);
  }

  @Override
  public void onLeft() {
    Runnable run;
    synchronized (this) {
      gone = true;
      inParts = false;
      run = whenLeft;
      whenLeft = null;
    }
    shared.pending().remove(this);
    if (run != null) {
      run.run();
    }
  }
}
