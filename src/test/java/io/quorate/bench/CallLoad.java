package io.quorate.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** Callers of single calls for some time: each calls again as soon as it has its answer. */
final class CallLoad {
  /** How long an answer may take beyond the end. */
  private static final long ANSWER_SECONDS_MAX = 30;

  private final Subject subject;
  private final boolean isPut;
  private final long endNanos;
  private final Latencies latencies = new Latencies();
  private final AtomicInteger nextKey = new AtomicInteger();

  CallLoad(Subject subject, boolean isPut, double seconds) {
    this.subject = subject;
    this.isPut = isPut;
    this.endNanos = System.nanoTime() + (long) (seconds * 1e9);
  }

  private CompletableFuture<?> call() {
    return isPut
        ? subject.put(Math.floorMod(nextKey.getAndIncrement(), Subject.KEYS))
        : subject.get();
  }

  private boolean isOver() {
    return System.nanoTime() - endNanos >= 0;
  }

  /** One caller, which waits for each answer on the thread it calls from. */
  String blocking() throws Exception {
    Usage before = Usage.now();
    long calls = 0;
    while (!isOver()) {
      long begin = System.nanoTime();
      call().get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
      latencies.add(System.nanoTime() - begin);
      calls++;
    }
    return figures(before, calls);
  }

  /** Several callers without a thread: the next call is made where the answer is heard. */
  String chained(int callers) throws Exception {
    List<Caller> all = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      all.add(new Caller());
    }
    Usage before = Usage.now();
    all.forEach(Caller::call);
    long calls = 0;
    for (Caller caller : all) {
      long left = Math.max(0, endNanos - System.nanoTime());
      calls += caller.done.get(left + ANSWER_SECONDS_MAX * 1_000_000_000, TimeUnit.NANOSECONDS);
    }
    return figures(before, calls);
  }

  private String figures(Usage before, long calls) {
    Usage after = Usage.now();
    return String.format(
        Locale.ROOT,
        "rate=%.1f p50=%.1f p99=%.1f cpu=%.2f bytes=%.1f",
        calls / after.secondsSince(before),
        latencies.micros(0.5),
        latencies.micros(0.99),
        after.cpuMicrosSince(before) / calls,
        after.bytesSince(before) / calls);
  }

  private final class Caller implements BiConsumer<Object, Throwable> {
    final CompletableFuture<Long> done = new CompletableFuture<>();
    private long calls;
    private long begin;

    void call() {
      begin = System.nanoTime();
      CallLoad.this.call().whenComplete(this);
    }

    @Override
    public void accept(Object answer, Throwable failure) {
      if (failure != null) {
        done.completeExceptionally(failure);
        return;
      }
      latencies.add(System.nanoTime() - begin);
      calls++;
      if (isOver()) {
        done.complete(calls);
      } else {
        call();
      }
    }
  }
}
