package io.quorate.node;

import io.quorate.relay.Relay;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands before a member and passes on what others send it, until one connection has carried so
 * much; then that one carries no more. When it is told to, it goes on, or cuts all of them and lets
 * nobody in, and when it is told to, everything passes again. Counts what came through.
 */
final class CuttingProxy extends Relay {
  private final AtomicLong passed = new AtomicLong();
  private volatile long holdAfterBytes = Long.MAX_VALUE;
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch cut = new CountDownLatch(1);

  /** Passes connections on to {@code target} of this machine. */
  CuttingProxy(int target) throws IOException {
    super(target);
    begin();
  }

  /** The first connection that has carried {@code bytes} carries no more. */
  void holdAfter(long bytes) {
    holdAfterBytes = bytes;
  }

  /** Whether a connection has carried so much. */
  boolean holds() {
    return held.getCount() == 0;
  }

  /** The connection that holds goes on where it was; counts anew. */
  void goOn() {
    passed.set(0);
    holdAfterBytes = Long.MAX_VALUE;
    cut.countDown();
  }

  @Override
  public void cut() {
    holdAfterBytes = Long.MAX_VALUE;
    super.cut();
    cut.countDown();
  }

  /** Lets everything pass from now on, and counts anew. */
  @Override
  public void letPass() {
    passed.set(0);
    super.letPass();
  }

  /** What has passed towards the member since {@link #letPass}, in bytes. */
  long passed() {
    return passed.get();
  }

  @Override
  protected Carrier carrier(boolean isTowards) {
    AtomicLong carried = new AtomicLong();
    return (piece, length, out) -> {
      out.write(piece, 0, length);
      long all = carried.addAndGet(length);
      if (!isTowards) {
        return true;
      }
      passed.addAndGet(length);
      if (all < holdAfterBytes) {
        return true;
      }
      held.countDown();
      cut.await();
      return !isShut();
    };
  }
}
