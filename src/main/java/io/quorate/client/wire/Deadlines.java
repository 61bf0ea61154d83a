package io.quorate.client.wire;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tells calls when their time is up, late by at most {@value #SWEEP_MILLIS} ms.
 *
 * <p>Nearly every call is over long before its time, so none gets a timer: calls queue up as they
 * begin, and a sweep forgets those that are done and looks at the others. That costs a call one
 * node of a queue.
 */
final class Deadlines {
  /** How often the calls are looked at. */
  static final long SWEEP_MILLIS = 20;

  private final EventLoop loop;
  private final AtomicBoolean isIdle = new AtomicBoolean(true);
  private final ConcurrentLinkedQueue<Timed> begun = new ConcurrentLinkedQueue<>();
  private List<Timed> running = new ArrayList<>();
  private List<Timed> spare = new ArrayList<>();

  /** What has a time of its own. */
  interface Timed {
    /** Whether it needs no more looking at. */
    boolean isOver();

    /** When it wants to be told, by {@link System#nanoTime()}. Read on the thread of the sweep. */
    long dueNanos();

    /** It is that late. */
    void due(long nowNanos);

    /** The client was closed. */
    void closed();
  }

  Deadlines(EventLoop loop) {
    this.loop = loop;
  }

  void add(Timed call) {
    begun.add(call);
    if (isIdle.get() && isIdle.compareAndSet(true, false)) {
      sweepLater();
    }
  }

  private void sweepLater() {
    try {
      var unused = loop.schedule(this::goOn, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // Closed: every call was told.
    }
  }

  /** Goes on as long as there are calls: a client that does nothing wakes nobody. */
  private void goOn() {
    sweep(System.nanoTime());
    if (running.isEmpty()) {
      isIdle.set(true);
      if (begun.isEmpty() || !isIdle.compareAndSet(true, false)) {
        return;
      }
    }
    sweepLater();
  }

  /** Ends all that runs. What begins now has to look for itself whether the client is closed. */
  void close() {
    IoThreads.execute(
        loop,
        () -> {
          sweep(System.nanoTime());
          running.forEach(Timed::closed);
        });
  }

  private void sweep(long now) {
    for (Timed call = begun.poll(); call != null; call = begun.poll()) {
      if (!call.isOver()) {
        running.add(call);
      }
    }
    List<Timed> looked = running;
    running = spare;
    spare = looked;
    for (Timed call : looked) {
      if (!call.isOver()) {
        if (now - call.dueNanos() >= 0) {
          call.due(now);
        }
        running.add(call);
      }
    }
    looked.clear();
  }
}
