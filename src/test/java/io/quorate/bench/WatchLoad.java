package io.quorate.bench;

import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** One watch, and how fast it tells what was or is being written. */
final class WatchLoad implements IntConsumer {
  private static final long WITHIN_SECONDS = 180;

  private final long wanted;
  private final CompletableFuture<Usage> first = new CompletableFuture<>();
  private final CompletableFuture<Usage> last = new CompletableFuture<>();
  private long told;
  private long toldFirst;
  private long answers;

  private WatchLoad(long wanted) {
    this.wanted = wanted;
  }

  /** Watches from {@code revision} until {@code events} were told; times are from the first on. */
  static String run(Subject subject, long revision, long events) throws Exception {
    WatchLoad load = new WatchLoad(events);
    Runnable cancel = subject.watch(revision, load, load.last::completeExceptionally);
    Usage end;
    try {
      end = load.last.get(WITHIN_SECONDS, TimeUnit.SECONDS);
    } finally {
      // Or it would be told what the watches after it are measured with, too.
      cancel.run();
    }
    Usage begin = load.first.join();
    long counted = load.told - load.toldFirst;
    return String.format(
        Locale.ROOT,
        "rate=%.0f cpu=%.3f bytes=%.1f an_answer=%.0f told=%d",
        counted / end.secondsSince(begin),
        end.cpuMicrosSince(begin) / counted,
        end.bytesSince(begin) / counted,
        (double) load.told / load.answers,
        load.told);
  }

  @Override
  public void accept(int events) {
    told += events;
    answers++;
    if (answers == 1) {
      toldFirst = told;
      first.complete(Usage.now());
    }
    if (told >= wanted && !last.isDone()) {
      last.complete(Usage.now());
    }
  }
}
