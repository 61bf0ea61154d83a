package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.quorate.base.EtcdError.Code;
import org.jspecify.annotations.Nullable;

/**
 * One stream to one member. It ends once, whoever ends it, and is not opened again: that is for
 * whoever knows where to go on. For any thread.
 *
 * @param <Q> what is sent
 * @param <A> what is received
 */
public final class Stream<Q extends MessageLite, A extends MessageLite> implements Pool.Waiter {
  /** Above this nothing more is to be sent. */
  private static final int UNSENT_BYTES_MAX = 64 * 1024;

  private final Receiver<Q, A> receiver;
  private final Method<Q, A> method;
  private final Pool pool;
  private volatile @Nullable Open open;
  private volatile @Nullable String cancelled;

  /** What is done with what comes. All on the first thread of the client, one after the other. */
  public abstract static class Receiver<Q extends MessageLite, A extends MessageLite> {
    /** It has begun: now there is something to send to. Nothing is received before. */
    public abstract void onOpen(Stream<Q, A> stream);

    /** One of the messages that were asked for. */
    public abstract void onMessage(Stream<Q, A> stream, A message);

    /** Nothing comes any more, and nothing can be sent. */
    public abstract void onEnd(Stream<Q, A> stream, Code code, String text);
  }

  /** What it is once there is a connection for it. */
  private final class Open extends Exchange<Q, A> {
    private final Connection connection;
    private final Line line;

    Open(Connection connection, Line line) {
      super(method);
      this.connection = connection;
      this.line = line;
    }

    @Override
    @Nullable Q request() {
      return null;
    }

    @Override
    void onStart() {
      String why = cancelled;
      if (why != null) {
        line.cancel(this, why);
      } else {
        pool.execute(() -> receiver.onOpen(Stream.this));
      }
    }

    @Override
    void onMessage(A message) {
      pool.execute(() -> receiver.onMessage(Stream.this, message));
    }

    @Override
    void onEnd(Code code, String text, boolean isUnseen) {
      pool.execute(
          () -> {
            connection.remove(Stream.this);
            receiver.onEnd(Stream.this, code, code == Code.OK ? "a member ended it" : text);
          });
    }
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
  public void go(Connection to, Line line) {
    Open opening = new Open(to, line);
    open = opening;
    to.add(this);
    line.start(opening);
  }

  @Override
  public void giveUp(Code code, String why) {
    receiver.onEnd(this, code, why);
  }

  /** Whether it has begun. */
  public boolean isOpen() {
    return open != null;
  }

  /** Sends; what cannot leave yet is kept, so {@link #isReady()} is to be asked before. */
  public void send(Q message) {
    Open now = open;
    if (now != null) {
      now.line.execute(() -> now.line.write(now, message, false));
    }
  }

  /** Whether what was sent has left, but for a little. */
  public boolean isReady() {
    Open now = open;
    return now != null && now.unsentBytes() < UNSENT_BYTES_MAX;
  }

  /** Nothing more will be sent. */
  public void finish() {
    Open now = open;
    if (now != null) {
      now.line.execute(() -> now.line.write(now, null, true));
    }
  }

  /** Asks for {@code count} more messages. */
  public void request(int count) {
    Open now = open;
    if (now != null) {
      now.line.execute(() -> now.line.want(now, count));
    }
  }

  /** Ends it; {@link Receiver#onEnd} is told {@code why}. */
  public void cancel(String why) {
    cancelled = why;
    Open now = open;
    if (now != null) {
      now.line.execute(() -> now.line.cancel(now, why));
    } else {
      pool.forget(this, why);
    }
  }

  /** The token that it carries, if any. */
  @Nullable String token() {
    Open now = open;
    return now == null ? null : now.token();
  }

  /** The member was found to be of no use for this stream. */
  public void suspect(String why) {
    Open now = open;
    if (now != null) {
      now.connection.suspect(why);
    }
  }

  /** Is anybody at home? If not, the stream ends. */
  public void ask() {
    Open now = open;
    if (now != null) {
      now.connection.ask();
    }
  }
}
