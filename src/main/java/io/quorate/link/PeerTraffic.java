package io.quorate.link;

import io.quorate.metrics.Counter;
import io.quorate.metrics.Histogram;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What goes between this member and one other, counted where it goes. Any thread. */
final class PeerTraffic {
  private static final long NO_QUESTION = 0;

  final Counter sentBytes = new Counter();
  final Counter receivedBytes = new Counter();
  final Counter sentFailures = new Counter();
  final Counter receivedFailures = new Counter();
  final Counter disconnects = new Counter();
  final Histogram roundTrip = Histogram.doubling(0.0001, 16);
  final Transfers sending = new Transfers();
  final Transfers receiving = new Transfers();
  private final AtomicLong askedNanos = new AtomicLong(NO_QUESTION);
  private volatile boolean open;

  /** Snapshots in one direction. */
  static final class Transfers {
    final Counter arrived = new Counter();
    final Counter failed = new Counter();
    final AtomicInteger underWay = new AtomicInteger();
    final Histogram took = Histogram.doubling(0.1, 10);

    /** Follows a snapshot until its verdict, which is returned as it is. */
    <T> CompletionStage<T> follow(CompletionStage<T> verdict) {
      underWay.incrementAndGet();
      verdict.whenComplete(
          (done, failure) -> {
            underWay.decrementAndGet();
            (failure == null ? arrived : failed).increment();
          });
      return took.timing(verdict);
    }
  }

  /** The link of consensus to the other member is open. */
  void opened() {
    askedNanos.set(NO_QUESTION);
    open = true;
  }

  /** It is not any more. */
  void closed() {
    open = false;
    disconnects.increment();
  }

  boolean isOpen() {
    return open;
  }

  /** A heartbeat is sent. One that is not answered yet goes on being measured. */
  void asked(long nowNanos) {
    askedNanos.compareAndSet(NO_QUESTION, nowNanos == NO_QUESTION ? 1 : nowNanos);
  }

  /** A heartbeat is answered. */
  void answered(long nowNanos) {
    long asked = askedNanos.getAndSet(NO_QUESTION);
    if (asked != NO_QUESTION) {
      roundTrip.observeNanos(nowNanos - asked);
    }
  }
}
