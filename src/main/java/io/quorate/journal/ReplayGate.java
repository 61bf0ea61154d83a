package io.quorate.journal;

import java.util.concurrent.Semaphore;

/**
 * Keeps a replay from running ahead of the actor that recovers, whose mailbox has no bound: at most
 * {@code kibMax} KiB of events are under way. Safe from any thread.
 */
public final class ReplayGate {
  private static final int OPEN_PERMITS = Integer.MAX_VALUE / 2;

  private final int kibMax;
  private final Semaphore kib;
  private volatile boolean open;

  /** A gate for {@code kibMax} KiB, at least 1. */
  public ReplayGate(int kibMax) {
    this.kibMax = kibMax;
    this.kib = new Semaphore(kibMax);
  }

  /** Waits until an event of {@code bytes} may be sent; called by the replaying thread. */
  void enter(int bytes) throws InterruptedException {
    if (!open) {
      kib.acquire(kibOf(bytes));
    }
  }

  /** The recovering actor has taken an event of {@code bytes}. */
  public void leave(int bytes) {
    if (!open) {
      kib.release(kibOf(bytes));
    }
  }

  /** Lets everything pass from now on: the actor has recovered or is gone. */
  public synchronized void open() {
    if (!open) {
      open = true;
      kib.release(OPEN_PERMITS);
    }
  }

  private int kibOf(int bytes) {
    return Math.min(kibMax, bytes / 1024 + 1);
  }
}
