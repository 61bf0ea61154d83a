package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.quorate.base.EtcdError.Code;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One stream to one member. It ends once, whoever ends it, and is not opened again: that is for
 * whoever knows where to go on.
 *
 * @param <Q> what is sent
 * @param <A> what is received
 */
public final class Stream<Q extends MessageLite, A extends MessageLite>
    extends ClientCall.Listener<A> implements Pool.Waiter {
  private static final Metadata.Key<String> NEEDS_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  private final Receiver<Q, A> receiver;
  private final Method<Q, A> method;
  private final Pool pool;
  private volatile @Nullable ClientCall<Q, A> call;
  private volatile @Nullable String cancelled;
  private @Nullable Connection connection;

  /** What is done with what comes. All on threads of the client, one after the other. */
  public abstract static class Receiver<Q extends MessageLite, A extends MessageLite> {
    /** It has begun: now there is something to send to. Nothing is received before. */
    public abstract void onOpen(Stream<Q, A> stream);

    /** One of the messages that were asked for. */
    public abstract void onMessage(Stream<Q, A> stream, A message);

    /** What was sent has left, after {@link Stream#isReady()} was false. */
    public void onReady(Stream<Q, A> stream) {}

    /** Nothing comes any more, and nothing can be sent. */
    public abstract void onEnd(Stream<Q, A> stream, Code code, String text);
  }

  Stream(Receiver<Q, A> receiver, Method<Q, A> method, Pool pool) {
    this.receiver = receiver;
    this.method = method;
    this.pool = pool;
  }

  @Override
  public boolean isOver() {
    return cancelled != null;
  }

  @Override
  public Method.Repeat repeat() {
    return method.repeat();
  }

  @Override
  public void go(Connection to) {
    connection = to;
    ClientCall<Q, A> opened = to.channel().newCall(method.descriptor(), CallOptions.DEFAULT);
    to.add(this);
    opened.start(this, metadata());
    call = opened;
    String why = cancelled;
    if (why != null) {
      opened.cancel(why, null);
    } else {
      receiver.onOpen(this);
    }
  }

  private Metadata metadata() {
    Metadata metadata = pool.metadata();
    if (method.equals(Methods.WATCH)) {
      // A member that lost its leader would go on being silent.
      metadata.put(NEEDS_LEADER, "true");
    }
    return metadata;
  }

  @Override
  public void giveUp(Code code, String why) {
    receiver.onEnd(this, code, why);
  }

  /** Whether it has begun. */
  public boolean isOpen() {
    return call != null;
  }

  /** Sends; what cannot leave yet is kept, so {@link #isReady()} is to be asked before. */
  public void send(Q message) {
    open().sendMessage(message);
  }

  /** Whether what is sent leaves at once. */
  public boolean isReady() {
    ClientCall<Q, A> now = call;
    return now != null && now.isReady();
  }

  /** Nothing more will be sent. */
  void finish() {
    open().halfClose();
  }

  /** Asks for {@code count} more messages. */
  public void request(int count) {
    open().request(count);
  }

  private ClientCall<Q, A> open() {
    return Objects.requireNonNull(call, "not open");
  }

  /** Ends it; {@link Receiver#onEnd} is told {@code why}. */
  public void cancel(String why) {
    cancelled = why;
    ClientCall<Q, A> now = call;
    if (now != null) {
      now.cancel(why, null);
    } else {
      pool.forget(this, why);
    }
  }

  /** The member was found to be of no use for this stream. */
  public void suspect(String why) {
    Connection at = connection;
    if (at != null) {
      at.suspect(why);
    }
  }

  /** Is anybody at home? If not, the stream ends. */
  public void ask() {
    Connection at = connection;
    if (at != null) {
      at.ask();
    }
  }

  @Override
  public void onMessage(A message) {
    receiver.onMessage(this, message);
  }

  @Override
  public void onReady() {
    if (call != null) {
      receiver.onReady(this);
    }
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    Connection at = Objects.requireNonNull(connection);
    pool.execute(() -> at.remove(this));
    String why = cancelled;
    if (why != null) {
      receiver.onEnd(this, Code.CANCELLED, why);
    } else {
      receiver.onEnd(this, Statuses.code(status), Statuses.text(status));
    }
  }
}
