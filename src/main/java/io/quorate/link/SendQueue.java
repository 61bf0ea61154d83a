package io.quorate.link;

import io.quorate.base.Bytes;
import io.quorate.raft.Message;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one connection. Many threads put, one stage takes; a lock that is held for a few
 * instructions guards all of it. A producer wakes the stage only if the stage has found the queue
 * empty, and all that waits leaves as one {@link ByteString}, in the order in which it came.
 *
 * <p>Large frames (appends and proposals) and small ones (the rest) have bounds of their own, so
 * that however many appends wait, votes, heartbeats and replies still find room.
 */
final class SendQueue {
  /** At how many bytes a batch is closed; a frame that is larger goes alone. */
  static final int BATCH_BYTES_MAX = 1024 * 1024;

  /** What can be put. */
  interface Frame {
    /** The bytes that it carries. */
    int sizeBytes();

    /** Whether it is dropped before others are. */
    boolean isLarge();

    /** Writes {@link #sizeBytes} bytes. */
    void write(ByteBuffer out);
  }

  /** A message of consensus; it becomes bytes when it leaves. */
  record OfMessage(Message message, int sizeBytes) implements Frame {
    @Override
    public boolean isLarge() {
      return message.kind() == Message.Kind.APPEND || message.kind() == Message.Kind.PROPOSE;
    }

    @Override
    public void write(ByteBuffer out) {
      MessageCodec.encode(message, out);
    }
  }

  /** Bytes behind a head. */
  record OfBytes(Bytes head, Bytes payload, boolean isLarge) implements Frame {
    @Override
    public int sizeBytes() {
      return head.size() + payload.size();
    }

    @Override
    public void write(ByteBuffer out) {
      out.put(head.unsafeArray()).put(payload.unsafeArray());
    }
  }

  private final ArrayDeque<Frame> queue = new ArrayDeque<>();
  private int largeFrames;
  private long largeBytes;
  private int smallFrames;
  private long smallBytes;
  private boolean closed;
  private boolean idle;
  private @Nullable Runnable wake;

  /** Puts {@code frame}; false if it was dropped. */
  boolean offer(Frame frame) {
    return offer(List.of(frame)) == 1;
  }

  /** Puts {@code frames} at once and says how many were not dropped. */
  int offer(List<? extends Frame> frames) {
    int taken = 0;
    Runnable toWake = null;
    synchronized (this) {
      if (closed) {
        return 0;
      }
      for (Frame frame : frames) {
        taken += put(frame) ? 1 : 0;
      }
      if (idle && !queue.isEmpty()) {
        idle = false;
        toWake = wake;
      }
    }
    if (toWake != null) {
      toWake.run();
    }
    return taken;
  }

  private boolean put(Frame frame) {
    int bytes = frame.sizeBytes();
    if (frame.isLarge()) {
      if (largeFrames >= LinkLimits.LARGE_FRAMES_MAX
          || (largeFrames > 0 && largeBytes + bytes > LinkLimits.LARGE_BYTES_MAX)) {
        return false;
      }
    } else if (smallFrames >= LinkLimits.SMALL_FRAMES_MAX
        || (smallFrames > 0 && smallBytes + bytes > LinkLimits.SMALL_BYTES_MAX)) {
      return false;
    }
    count(frame, 1);
    queue.add(frame);
    return true;
  }

  private void count(Frame frame, int sign) {
    if (frame.isLarge()) {
      largeFrames += sign;
      largeBytes += (long) sign * frame.sizeBytes();
    } else {
      smallFrames += sign;
      smallBytes += (long) sign * frame.sizeBytes();
    }
  }

  /** The stage is there; {@code wakeUp} makes it take again after it has found nothing. */
  synchronized void attach(Runnable wakeUp) {
    wake = wakeUp;
    idle = false;
  }

  /** Whether it takes nothing any more. */
  synchronized boolean isClosed() {
    return closed;
  }

  /** Forgets all that waits, and takes nothing any more. */
  synchronized void close() {
    closed = true;
    wake = null;
    queue.clear();
  }

  /** For the stage: the next batch, or null if there is none now; then the stage is woken. */
  @Nullable ByteString poll() {
    List<Frame> batch;
    int bytes = 0;
    synchronized (this) {
      if (queue.isEmpty()) {
        idle = true;
        return null;
      }
      int count = 0;
      for (Iterator<Frame> all = queue.iterator(); all.hasNext(); count++) {
        int more = Frames.HEAD_BYTES + all.next().sizeBytes();
        if (count > 0 && bytes + more > BATCH_BYTES_MAX) {
          break;
        }
        bytes += more;
      }
      batch = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        Frame frame = queue.remove();
        count(frame, -1);
        batch.add(frame);
      }
    }
    ByteBuffer out = ByteBuffer.allocate(bytes);
    for (Frame frame : batch) {
      out.putInt(frame.sizeBytes());
      frame.write(out);
    }
    return ByteString.fromArrayUnsafe(out.array());
  }
}
