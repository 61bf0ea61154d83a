package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sending end of a stream whose client reads when the test says so. */
final class FakeOutbound implements Outbound {
  private final List<byte[]> messages = new ArrayList<>();
  private final List<Framed> queue = new ArrayList<>();
  // The beginning of a message whose rest is still to come.
  private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
  private long queued;
  private boolean reading = true;
  private @Nullable Runnable action;
  private long actionBytes;
  long bytesMax = 4 << 20;
  boolean held;
  boolean over;
  @Nullable String status;

  @Override
  public synchronized boolean offer(Framed message) {
    if (over || (queued > 0 && queued + message.length() > bytesMax)) {
      return false;
    }
    queue.add(message);
    queued += message.length();
    if (reading) {
      drain();
    }
    return true;
  }

  private void drain() {
    for (Framed message : queue) {
      partial.write(message.unsafeArray(), 0, message.length());
    }
    ByteBuffer bytes = ByteBuffer.wrap(partial.toByteArray());
    while (bytes.remaining() >= Framed.PREFIX_BYTES
        && bytes.remaining() - Framed.PREFIX_BYTES >= bytes.getInt(bytes.position() + 1)) {
      if (bytes.get() != 0) {
        throw new AssertionError("compressed");
      }
      byte[] one = new byte[bytes.getInt()];
      bytes.get(one);
      messages.add(one);
    }
    partial.reset();
    partial.write(bytes.array(), bytes.position(), bytes.remaining());
    queue.clear();
    queued = 0;
  }

  /** The client stops reading, or reads all that waits and goes on. */
  void read(boolean on) {
    Runnable run = null;
    synchronized (this) {
      reading = on;
      if (on) {
        drain();
        run = action;
        action = null;
      }
    }
    if (run != null) {
      run.run();
    }
  }

  synchronized List<byte[]> messages() {
    return List.copyOf(messages);
  }

  @Override
  public synchronized long queuedBytes() {
    return queued;
  }

  @Override
  public void onWritable(Runnable run) {
    onWritable(bytesMax / 4, run);
  }

  @Override
  public void onWritable(long bytesLow, Runnable run) {
    synchronized (this) {
      if (queued > bytesLow) {
        action = run;
        actionBytes = bytesLow;
        return;
      }
    }
    run.run();
  }

  synchronized long actionBytes() {
    return actionBytes;
  }

  @Override
  public synchronized void holdRequests() {
    held = true;
  }

  @Override
  public synchronized void resumeRequests() {
    held = false;
  }

  @Override
  public void close() {
    close(EtcdError.Code.OK, "");
  }

  @Override
  public synchronized void close(EtcdError.Code code, String text) {
    if (!over) {
      over = true;
      status = code + " " + text;
    }
  }

  @Override
  public synchronized boolean isOver() {
    return over;
  }

  synchronized @Nullable String status() {
    return status;
  }
}
