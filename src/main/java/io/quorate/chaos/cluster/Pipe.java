package io.quorate.chaos.cluster;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What is under way in one direction of one connection, in order, and how it ends. Holds less than
 * {@link #BYTES_MAX} and one chunk more; who reads for it asks {@link #hasRoom} before. For one
 * thread.
 */
final class Pipe {
  static final int BYTES_MAX = 256 * 1024;
  static final int CHUNKS_MAX = 4096;

  /** What a chunk is. */
  enum Kind {
    /** Bytes. */
    DATA,
    /** The sender has said all. */
    END,
    /** The sender has gone. */
    RESET
  }

  /** What was sent at once, or the end. */
  static final class Chunk {
    final Kind kind;
    final ByteBuffer data;
    private long dueNanos;

    private Chunk(Kind kind, ByteBuffer data, long dueNanos) {
      this.kind = kind;
      this.data = data;
      this.dueNanos = dueNanos;
    }

    long dueNanos() {
      return dueNanos;
    }
  }

  private final Way way;
  private final Deque<Chunk> chunks = new ArrayDeque<>();
  private long bytes;
  private long bytesHeld;
  private long lastDueNanos = Long.MIN_VALUE;
  private boolean isEnded;

  Pipe(Way way) {
    this.way = way;
  }

  Way way() {
    return way;
  }

  boolean hasRoom() {
    return !isEnded && bytes < BYTES_MAX && chunks.size() < CHUNKS_MAX;
  }

  boolean isEnded() {
    return isEnded;
  }

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  /**
   * Takes a chunk that is not to arrive before {@code dueNanos}, nor before those ahead of it.
   * After the end nothing follows but a reset: who has said all, and then goes, hears no more.
   */
  void add(Kind kind, ByteBuffer data, long dueNanos) {
    if (isEnded && kind != Kind.RESET) {
      return;
    }
    // Nanoseconds of the JVM may be negative, but do not come near the ends of their range.
    lastDueNanos = Math.max(lastDueNanos, dueNanos);
    chunks.add(new Chunk(kind, data, lastDueNanos));
    bytes += data.remaining();
    isEnded = kind != Kind.DATA;
  }

  /** The chunk that is to arrive next. */
  @Nullable Chunk head() {
    return chunks.peek();
  }

  /** Notes that {@code written} bytes of the head have arrived, and drops it if that is all. */
  void passed(long written) {
    bytes -= written;
    bytesHeld = Math.max(0, bytesHeld - written);
    Chunk head = chunks.peek();
    if (head != null && !head.data.hasRemaining()) {
      chunks.remove();
    }
  }

  /** Drops the head, whatever is left of it. */
  void drop() {
    Chunk head = chunks.poll();
    if (head != null) {
      int left = head.data.remaining();
      bytes -= left;
      bytesHeld = Math.max(0, bytesHeld - left);
    }
  }

  /** How many of the bytes in here were not told to be held before; they are from now on. */
  long newlyHeld() {
    long held = bytes - bytesHeld;
    bytesHeld = bytes;
    return held;
  }

  /** Lets everything arrive at once. */
  void hurry() {
    lastDueNanos = Long.MIN_VALUE;
    for (Chunk chunk : chunks) {
      chunk.dueNanos = Long.MIN_VALUE;
    }
  }
}
