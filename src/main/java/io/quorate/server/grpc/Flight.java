package io.quorate.server.grpc;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What one stream of a connection holds on the heap: the messages that wait in its queue, and the
 * chunks that the transport was given and has not sent. A chunk counts whole until its last byte
 * has left, since that is how long its array lives. Any thread.
 */
final class Flight {
  /** Nobody counts it: a request of HTTP/1.1, of which a connection has one under way. */
  static final Flight UNCOUNTED = new Flight(null);

  /** What a chunk takes beside its bytes, rounded up. */
  static final int CHUNK_OVERHEAD_BYTES = 160;

  private final @Nullable Connection connection;
  private final ArrayDeque<Integer> chunks = new ArrayDeque<>(2);
  private long heldBytes;
  private long queuedBytes;
  // Of the first chunk.
  private long leftBytes;
  private boolean over;

  /** A flight of {@code connection}; null for one that is not counted. */
  Flight(@Nullable Connection connection) {
    this.connection = connection;
  }

  /**
   * An answer that goes to the transport as a whole.
   *
   * @return false if there is no room for it; then it must not be sent
   */
  boolean whole(int bytes) {
    Connection of = connection;
    if (of == null) {
      return true;
    }
    if (!of.hasRoomFor(bytes)) {
      return false;
    }
    chunk(of, bytes, bytes);
    return true;
  }

  /**
   * A message for the queue.
   *
   * @return false if there is no room for it; then the stream must end
   */
  boolean queue(int bytes) {
    Connection of = connection;
    if (of == null) {
      return true;
    }
    if (!of.hasRoomFor(bytes)) {
      return false;
    }
    synchronized (this) {
      if (!over) {
        queuedBytes += bytes;
        hold(of, bytes);
      }
    }
    return true;
  }

  /** Whether anything is held. */
  synchronized boolean isHeld() {
    return heldBytes > 0;
  }

  /** Messages of the queue go to the transport in one chunk. */
  void take(int bytes) {
    Connection of = connection;
    if (of != null) {
      chunk(of, bytes, 0);
    }
  }

  private synchronized void chunk(Connection of, int bytes, int moreBytes) {
    if (!over) {
      queuedBytes -= bytes - moreBytes;
      chunks.add(bytes);
      hold(of, (long) moreBytes + CHUNK_OVERHEAD_BYTES);
    }
  }

  /** What waits in the queue is forgotten. */
  synchronized void drop() {
    Connection of = connection;
    if (of != null && !over) {
      hold(of, -queuedBytes);
      queuedBytes = 0;
    }
  }

  /** The transport has sent {@code bytes}. */
  synchronized void leave(int bytes) {
    Connection of = connection;
    if (of == null || over) {
      return;
    }
    leftBytes += bytes;
    Integer first = chunks.peek();
    while (first != null && leftBytes >= first) {
      chunks.remove();
      leftBytes -= first;
      hold(of, -(long) first - CHUNK_OVERHEAD_BYTES);
      first = chunks.peek();
    }
  }

  /** The stream is closed: nothing of it is held, now and later. */
  synchronized void end() {
    Connection of = connection;
    if (of != null && !over) {
      over = true;
      chunks.clear();
      hold(of, -heldBytes);
    }
  }

  private void hold(Connection of, long bytes) {
    heldBytes += bytes;
    of.hold(bytes);
  }
}
