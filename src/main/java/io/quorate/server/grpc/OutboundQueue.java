package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import java.util.ArrayDeque;
import org.apache.pekko.http.scaladsl.model.HttpHeader;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;

/**
 * The queue between the producers of a stream and the connection that drains it. Many threads put,
 * one stage takes; a lock that is held for a few instructions guards all of it, and callbacks run
 * outside of it. A producer wakes the stage only if the stage has found the queue empty.
 */
final class OutboundQueue implements Outbound {
  /** How much is put into one DATA chunk; a message that is larger goes alone, without a copy. */
  static final int BATCH_BYTES = 64 * 1024;

  /** What ends the body; absent while it goes on. */
  record End(Code code, String text) {
    static final End OK = new End(Code.OK, "");

    Seq<HttpHeader> trailer() {
      return Answers.trailer(code, text);
    }
  }

  /** What a stream does beyond its queue. */
  interface Owner {
    /** The client is gone; at most once, and not after the stream was closed here. */
    void onGone();

    /** {@code bytes} more wait, or have left already; by whoever has put them. */
    default void onQueued(int bytes) {}

    /** The stream was closed here with {@code code}, or is gone, which cancels it; at most once. */
    default void onOver(Code code) {}

    /** Nothing waits here any more: the end was taken, or the client is gone; once. */
    default void onLeft() {}
  }

  private final long bytesMax;
  private final long bytesLow;
  private final Flight flight;
  private final Owner owner;

  private final ArrayDeque<Framed> queue = new ArrayDeque<>();
  private long queuedBytes;
  private @Nullable End end;
  private boolean gone;
  private boolean aborted;
  private long takenBytes;
  private boolean held;
  private @Nullable Runnable writable;
  // At how many waiting bytes it runs.
  private long writableBytes;
  private @Nullable Runnable wake;
  private boolean idle;

  OutboundQueue(Limits limits, Flight flight, Owner owner) {
    this.bytesMax = limits.outboundBytesMax();
    this.bytesLow = limits.outboundBytesLow();
    this.flight = flight;
    this.owner = owner;
  }

  @Override
  public boolean offer(Framed message) {
    Runnable toWake;
    boolean crowded = false;
    boolean unread = false;
    synchronized (this) {
      if (isOver()) {
        return false;
      }
      if (queuedBytes > 0 && queuedBytes + message.length() > bytesMax) {
        return false;
      }
      if (message.length() == 0) {
        return true; // a raw part of no bytes, which no chunk can carry
      }
      if (flight.queue(message.length())) {
        queue.add(message);
        queuedBytes += message.length();
      } else {
        crowded = true;
        unread = flight.isHeld();
      }
      toWake = takeWake();
    }
    if (crowded) {
      // A status behind what is not read would wait as long as that.
      if (unread) {
        abort();
      } else {
        close(EtcdError.TIMEOUT);
      }
      return false;
    }
    run(toWake);
    owner.onQueued(message.length());
    return true;
  }

  @Override
  public synchronized long queuedBytes() {
    return queuedBytes;
  }

  @Override
  public void onWritable(Runnable action) {
    onWritable(bytesLow, action);
  }

  @Override
  public void onWritable(long low, Runnable action) {
    synchronized (this) {
      if (isOver()) {
        return;
      }
      if (queuedBytes > low) {
        writable = action;
        writableBytes = low;
        return;
      }
    }
    action.run();
  }

  @Override
  public synchronized void holdRequests() {
    held = true;
  }

  @Override
  public void resumeRequests() {
    Runnable toWake;
    synchronized (this) {
      held = false;
      toWake = wake;
    }
    run(toWake);
  }

  /** Whether requests are not to be read; after the end they are read and dropped. */
  synchronized boolean isHeld() {
    return held && !isOver();
  }

  @Override
  public void close() {
    close(End.OK);
  }

  @Override
  public void close(Code code, String text) {
    close(new End(code, text));
  }

  private void close(End status) {
    Runnable toWake;
    synchronized (this) {
      if (gone || end != null) {
        return;
      }
      end = status;
      writable = null;
      idle = false;
      toWake = wake;
    }
    run(toWake);
    owner.onOver(status.code());
  }

  @Override
  public synchronized boolean isOver() {
    return gone || aborted || end != null;
  }

  /** The client is gone: forgets all that waits. */
  void gone() {
    boolean tell;
    synchronized (this) {
      if (gone) {
        return;
      }
      gone = true;
      tell = end == null;
      flight.drop();
      queue.clear();
      queuedBytes = 0;
      writable = null;
      wake = null;
    }
    if (tell) {
      owner.onGone();
      owner.onOver(Code.CANCELLED);
    }
    owner.onLeft();
  }

  /**
   * Gives the stream up without waiting for its reader: what waits is dropped and the stream reset,
   * so that the connection forgets its part as well.
   */
  void abort() {
    Runnable toWake;
    synchronized (this) {
      if (gone) {
        return;
      }
      aborted = true;
      toWake = wake;
    }
    if (toWake == null) {
      close(Code.UNAVAILABLE, "the answer found no connection");
      gone();
    } else {
      toWake.run();
    }
  }

  /** Whether the stage is to reset the stream. */
  synchronized boolean isAborted() {
    return aborted;
  }

  /** The bytes that the connection has taken so far: they grow while the client reads. */
  synchronized long takenBytes() {
    return takenBytes;
  }

  /** The stage is there; {@code wake} makes it take again after it has found nothing. */
  synchronized void attach(Runnable wakeUp) {
    wake = wakeUp;
  }

  /**
   * For the stage: the next chunk, up to {@link #BATCH_BYTES} of messages in one array, or null if
   * there is none now; then the stage is woken when there is.
   */
  @Nullable ByteString poll() {
    ByteString chunk;
    Runnable toRun = null;
    synchronized (this) {
      Framed first = queue.poll();
      if (first == null) {
        idle = true;
        return null;
      }
      chunk = queue.isEmpty() ? alone(first) : batch(first);
      takenBytes += chunk.size();
      flight.take(chunk.size());
      if (queuedBytes <= writableBytes) {
        toRun = writable;
        writable = null;
      }
    }
    run(toRun);
    return chunk;
  }

  /** For the stage, after it has found nothing: how the body ends, or null if it goes on. */
  synchronized @Nullable End finish() {
    return queue.isEmpty() ? end : null;
  }

  private ByteString alone(Framed message) {
    queuedBytes -= message.length();
    return Answers.bytes(message);
  }

  private ByteString batch(Framed first) {
    int bytes = first.length();
    int count = 0;
    for (Framed next : queue) {
      if ((long) bytes + next.length() > BATCH_BYTES) {
        break;
      }
      bytes += next.length();
      count++;
    }
    if (count == 0) {
      return alone(first);
    }
    byte[] chunk = new byte[bytes];
    System.arraycopy(first.unsafeArray(), 0, chunk, 0, first.length());
    int at = first.length();
    for (int i = 0; i < count; i++) {
      Framed next = queue.remove();
      System.arraycopy(next.unsafeArray(), 0, chunk, at, next.length());
      at += next.length();
    }
    queuedBytes -= bytes;
    return ByteString.fromArrayUnsafe(chunk);
  }

  private @Nullable Runnable takeWake() {
    if (!idle) {
      return null;
    }
    idle = false;
    return wake;
  }

  private static void run(@Nullable Runnable action) {
    if (action != null) {
      action.run();
    }
  }
}
