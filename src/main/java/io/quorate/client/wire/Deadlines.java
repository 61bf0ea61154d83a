package io.quorate.client.wire;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

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
    var unused =
        loop.scheduleWithFixedDelay(
            () -> sweep(System.nanoTime()), SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  void add(Timed call) {
    begun.add(call);
  }

  /** Ends all that runs. What begins now has to look for itself whether the client is closed. */
  void close() {
    loop.execute(
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
