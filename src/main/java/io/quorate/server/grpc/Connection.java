package io.quorate.server.grpc;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection as the meter on its bytes sees it: its open streams, and what their answers
 * hold. The meter tells of frames in their order; everything else comes from any thread.
 */
final class Connection {
  private final Outflow outflow;
  private final InetSocketAddress remote;
  private final Runnable abort;
  private final AtomicLong heldBytes = new AtomicLong();
  private final Map<Integer, Flight> flights = new HashMap<>();
  private int streamSeen;
  private boolean over;
  private final AtomicLong leftBytes = new AtomicLong();
  private volatile @Nullable Dispatcher dispatcher;

  // Of the sweep: how things stood at the last one.
  private long sweptHeldBytes;
  private long sweptLeftBytes;

  /**
   * @param abort closes the connection without waiting for anything; any thread
   */
  Connection(Outflow outflow, InetSocketAddress remote, Runnable abort) {
    this.outflow = outflow;
    this.remote = remote;
    this.abort = abort;
  }

  InetSocketAddress remote() {
    return remote;
  }

  // ---- the meter

  /** A frame comes from the client. */
  void onClientFrame(int type, int flags, int stream, int length) {
    if (type == FrameHeads.HEADERS) {
      begin(stream);
    } else if (type == FrameHeads.RST_STREAM) {
      end(stream);
    }
  }

  /** A frame leaves for the client. */
  void onServerFrame(int type, int flags, int stream, int length) {
    if (type == FrameHeads.DATA) {
      leftBytes.addAndGet(length);
      Flight flight = flight(stream);
      if (flight != null) {
        flight.leave(length);
      }
    }
    boolean ends = (flags & FrameHeads.END_STREAM) != 0;
    if (type == FrameHeads.RST_STREAM
        || (ends && (type == FrameHeads.DATA || type == FrameHeads.HEADERS))) {
      end(stream);
    }
  }

  private synchronized void begin(int stream) {
    // Headers at the end of a request are of a stream that has begun, and maybe ended.
    if (!over && stream > streamSeen) {
      streamSeen = stream;
      flights.put(stream, new Flight(this));
    }
  }

  private void end(int stream) {
    Flight ended;
    synchronized (this) {
      ended = flights.remove(stream);
    }
    if (ended != null) {
      ended.end();
    }
  }

  /** The connection is closed. */
  void close() {
    Map<Integer, Flight> open;
    synchronized (this) {
      over = true;
      open = Map.copyOf(flights);
      flights.clear();
    }
    open.values().forEach(Flight::end);
  }

  // ---- the calls

  /** Its requests are handled by {@code handler}. */
  void introduce(Dispatcher handler) {
    if (dispatcher == null) {
      dispatcher = handler;
    }
  }

  /** Who handles its requests; null before the first. */
  @Nullable Dispatcher dispatcher() {
    return dispatcher;
  }

  /** The open stream of this number; null if there is none. */
  synchronized @Nullable Flight flight(int stream) {
    return flights.get(stream);
  }

  /** How many streams are open. */
  synchronized int streams() {
    return flights.size();
  }

  /** Whether an answer of {@code bytes} may be held. */
  boolean hasRoomFor(int bytes) {
    return outflow.hasRoomFor(this, bytes);
  }

  /** Counts {@code bytes} more, or less. */
  void hold(long bytes) {
    heldBytes.addAndGet(bytes);
    outflow.hold(bytes);
  }

  // ---- the sweep

  long heldBytes() {
    return heldBytes.get();
  }

  /**
   * Whether the client has read, since it was asked last, a part of what was held then; true if
   * that was nothing.
   */
  boolean readsOn(int part) {
    long held = heldBytes.get();
    long left = leftBytes.get();
    boolean reads = left - sweptLeftBytes >= Math.min(held, sweptHeldBytes) / part;
    boolean idle = Math.min(held, sweptHeldBytes) == 0;
    sweptHeldBytes = held;
    sweptLeftBytes = left;
    return reads || idle;
  }

  /** Closes the connection without waiting for what it holds. */
  void abort() {
    abort.run();
  }
}
