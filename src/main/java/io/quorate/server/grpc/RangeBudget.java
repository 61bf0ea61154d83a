package io.quorate.server.grpc;

import io.quorate.base.Check;
import io.quorate.base.EtcdError;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of the heap that large answers may hold at the same time, from the first pair that is
 * collected until the last byte has left. Who finds it used up is refused with "too many requests":
 * to wait would be to hold a thread or a queue for clients that do not read. Any thread.
 */
final class RangeBudget {
  /** The part of the largest heap that answers may take. */
  private static final int HEAP_PART = 4;

  private final long bytesMax;
  private final AtomicLong taken = new AtomicLong();

  /**
   * @param bytesMax the bytes that all shares may hold together
   */
  RangeBudget(long bytesMax) {
    Check.that(bytesMax > 0, "budget of %d bytes", bytesMax);
    this.bytesMax = bytesMax;
  }

  /** The budget that fits the heap of this process. */
  static RangeBudget ofHeap() {
    return new RangeBudget(Math.max(1 << 20, Runtime.getRuntime().maxMemory() / HEAP_PART));
  }

  /** The bytes that are taken now. */
  long takenBytes() {
    return taken.get();
  }

  /** Refuses when nothing is left; for those who take later whatever is left then. */
  void check() {
    if (taken.get() >= bytesMax) {
      throw EtcdError.REQUEST_TOO_MANY_REQUESTS.exception();
    }
  }

  /** A share of one request, empty at first. */
  Share share() {
    return new Share();
  }

  /** What one request has taken. Closing gives all back, once; any thread. */
  final class Share implements AutoCloseable {
    private long bytes;
    private boolean closed;

    /**
     * Takes {@code more} bytes.
     *
     * @throws io.quorate.base.EtcdException "too many requests" when they are not there
     */
    void take(long more) {
      add(more, false);
    }

    /** Takes {@code more} bytes even if they are not there: of what was done, and must be told. */
    void takeAnyway(long more) {
      add(more, true);
    }

    private synchronized void add(long more, boolean anyway) {
      if (closed) {
        return;
      }
      long now = taken.addAndGet(more);
      if (now > bytesMax && !anyway) {
        taken.addAndGet(-more);
        throw EtcdError.REQUEST_TOO_MANY_REQUESTS.exception();
      }
      bytes += more;
    }

    /** Gives a part back. */
    synchronized void give(long less) {
      if (!closed) {
        Check.that(less <= bytes, "gives back %d of %d bytes", less, bytes);
        bytes -= less;
        taken.addAndGet(-less);
      }
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        taken.addAndGet(-bytes);
      }
    }
  }
}
