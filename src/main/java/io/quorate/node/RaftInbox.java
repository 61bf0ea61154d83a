package io.quorate.node;

import io.quorate.base.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What edges hand to the RaftActor: many threads put, one wake-up message brings all of it. Bounded
 * by those who put: proposals by {@link Proposals#PENDING_MAX}, reads by {@link ReadQueue}.
 */
final class RaftInbox {
  /** A command on its way into the log. */
  record Proposal(long id, Bytes data) {}

  private final ConcurrentLinkedQueue<Proposal> proposals = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private volatile Runnable wake = () -> {};

  /** Who is to be woken, at once for what has come before. */
  void connect(Runnable waker) {
    wake = waker;
    // Whoever put something earlier has woken nobody.
    woken.set(false);
    wake();
  }

  void put(Proposal proposal) {
    proposals.add(proposal);
    wake();
  }

  /** Wakes the actor unless it is woken already. */
  void wake() {
    if (woken.compareAndSet(false, true)) {
      wake.run();
    }
  }

  /** Called by the woken actor before it takes anything. */
  void awake() {
    woken.set(false);
  }

  /** Takes up to {@code max} proposals. */
  List<Proposal> take(int max) {
    List<Proposal> taken = new ArrayList<>();
    while (taken.size() < max) {
      Proposal proposal = proposals.poll();
      if (proposal == null) {
        break;
      }
      taken.add(proposal);
    }
    return taken;
  }
}
