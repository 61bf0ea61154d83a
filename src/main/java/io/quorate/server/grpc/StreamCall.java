package io.quorate.server.grpc;

import io.quorate.base.Check;
import io.quorate.base.EtcdError.Code;
import io.quorate.base.EtcdException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One streaming call: its handler, its queue and the decoder of its requests. What the client does
 * comes from the connection's actor, deadlines and the server's stop from other threads; a small
 * state machine lets the handler see one thing at a time without making anyone wait: who finds the
 * handler busy leaves a note, and who was busy acts on it.
 */
final class StreamCall extends PendingCalls.Entry implements OutboundQueue.Owner, CallStage.Reader {
  private enum State {
    IDLE,
    BUSY,
    BUSY_THEN_CANCEL,
    BUSY_THEN_OVER,
    OVER
  }

  private final Dispatcher.Shared shared;
  private final RequestContext context;
  private final MethodTable.Method method;
  private final FrameDecoder decoder;
  private final OutboundQueue out;
  private final Object lock = new Object();
  private State state = State.BUSY;
  private @Nullable StreamHandler handler;
  private int requests;
  private volatile boolean settled;
  private final long startNanos = System.nanoTime();

  StreamCall(
      Dispatcher.Shared shared,
      Flight flight,
      RequestContext context,
      MethodTable.Method method,
      FrameDecoder decoder) {
    this.shared = shared;
    this.context = context;
    this.method = method;
    this.decoder = decoder;
    this.out = new OutboundQueue(shared.limits(), flight, this);
    method.metrics().started();
  }

  OutboundQueue out() {
    return out;
  }

  // The state is BUSY until the handler is open, so that nothing reaches it before.
  @Override
  public void onStart() {
    shared.streams().add(this);
    if (context.hasDeadline()) {
      shared.pending().add(this);
    }
    if (shared.isStopping()) {
      stop();
    }
    try {
      handler = Objects.requireNonNull(method.stream()).open(context, out);
    } catch (RuntimeException e) {
      refuse(e);
    } finally {
      leave();
    }
  }

  @Override
  public void onBytes(byte[] bytes) {
    if (!enter()) {
      return;
    }
    try {
      decoder.feed(bytes, this::onMessage);
    } catch (Exception e) {
      refuse(e);
    } finally {
      leave();
    }
  }

  private void onMessage(byte[] message) throws Exception {
    if (out.isOver()) {
      return;
    }
    requests++;
    method.metrics().received(message.length);
    if (method.oneRequest() && requests > 1) {
      throw new EtcdException(
          Code.INTERNAL,
          "cardinality violation: received multiple request messages for "
              + "non-client-streaming RPC");
    }
    theHandler().onMessage(message);
  }

  @Override
  public void onEnd() {
    if (!enter()) {
      return;
    }
    try {
      if (decoder.isInMessage()) {
        throw new EtcdException(Code.INTERNAL, "unexpected EOF");
      }
      if (method.oneRequest() && requests == 0) {
        throw new EtcdException(
            Code.INTERNAL,
            "cardinality violation: received no request message from "
                + "non-client-streaming RPC");
      }
      if (!out.isOver()) {
        theHandler().onHalfClose();
      }
    } catch (RuntimeException e) {
      refuse(e);
    } finally {
      leave();
    }
  }

  private StreamHandler theHandler() {
    StreamHandler open = handler;
    Check.that(open != null, "stream without a handler");
    return Objects.requireNonNull(open);
  }

  private void refuse(Throwable error) {
    EtcdException told = Answers.told(error, false);
    if (told != error) {
      shared.logUnexpected(context.path(), error);
    }
    // The handler did not end the stream, so it must learn that it ended.
    end(true);
    out.close(told.code(), told.text());
  }

  // ---- the state machine

  private boolean enter() {
    synchronized (lock) {
      if (state != State.IDLE) {
        return false;
      }
      state = State.BUSY;
      return true;
    }
  }

  private void leave() {
    boolean cancelled;
    synchronized (lock) {
      cancelled = state == State.BUSY_THEN_CANCEL;
      state = state == State.BUSY ? State.IDLE : State.OVER;
    }
    if (cancelled) {
      tellCancel();
    }
  }

  private void end(boolean cancel) {
    boolean tell;
    synchronized (lock) {
      tell = cancel && state == State.IDLE;
      state =
          switch (state) {
            case IDLE, OVER -> State.OVER;
            case BUSY -> cancel ? State.BUSY_THEN_CANCEL : State.BUSY_THEN_OVER;
            case BUSY_THEN_CANCEL -> State.BUSY_THEN_CANCEL;
            case BUSY_THEN_OVER -> State.BUSY_THEN_OVER;
          };
    }
    if (tell) {
      tellCancel();
    }
  }

  private void tellCancel() {
    StreamHandler open = handler;
    if (open == null) {
      return;
    }
    try {
      open.onCancel();
    } catch (RuntimeException e) {
      shared.logUnexpected(context.path(), e);
    }
  }

  // ---- the queue's owner

  @Override
  public void onGone() {
    end(true);
  }

  @Override
  public void onQueued(int bytes) {
    method.metrics().sent(bytes - Framed.PREFIX_BYTES);
  }

  @Override
  public void onOver(Code code) {
    end(false);
    settled = true;
    method.metrics().handled(code, startNanos);
    shared.streams().remove(this);
    shared.pending().remove(this);
  }

  // ---- the clock

  @Override
  boolean isSettled() {
    return settled;
  }

  @Override
  void look(long nowNanos) {
    if (context.isLate(nowNanos)) {
      end(true);
      out.close(Code.DEADLINE_EXCEEDED, Dispatcher.DEADLINE_TEXT);
    }
  }

  @Override
  void stop() {
    end(true);
    out.close(Dispatcher.STOPPED);
  }
}
