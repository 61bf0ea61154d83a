package io.quorate.bench;

import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Many leases of one client, which it keeps alive for some time. */
final class LeaseLoad {
  private static final int GRANTS_AT_ONCE_MAX = 100;
  private static final long GRANTS_SECONDS_MAX = 120;

  private final Subject subject;
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();

  LeaseLoad(Subject subject) {
    this.subject = subject;
  }

  /** How many there are in the end is the server's to say; here only what the client says. */
  String hold(int count, int ttlSeconds, int holdSeconds) throws Exception {
    Usage begin = Usage.now();
    grant(count, ttlSeconds);
    Usage granted = Usage.now();
    CountDownLatch never = new CountDownLatch(1);
    boolean isOver = never.await(holdSeconds, TimeUnit.SECONDS);
    Usage end = Usage.now();
    double seconds = end.secondsSince(granted);
    return String.format(
        Locale.ROOT,
        "granted=%d lost=%d grant_seconds=%.2f core_percent=%.2f bytes=%.0f%s",
        count - refused.get(),
        lost.get(),
        granted.secondsSince(begin),
        end.cpuMicrosSince(granted) / seconds / 1e4,
        end.bytesSince(granted) / seconds,
        isOver ? " early=1" : "");
  }

  private void grant(int count, int ttlSeconds) throws Exception {
    Semaphore free = new Semaphore(GRANTS_AT_ONCE_MAX);
    for (int i = 0; i < count; i++) {
      if (!free.tryAcquire(GRANTS_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new IllegalStateException("no lease was granted for " + GRANTS_SECONDS_MAX + " s");
      }
      CompletableFuture<?> lease = subject.lease(ttlSeconds, lost::incrementAndGet);
      lease.whenComplete(
          (granted, failure) -> {
            if (failure != null) {
              refused.incrementAndGet();
            }
            free.release();
          });
    }
    if (!free.tryAcquire(GRANTS_AT_ONCE_MAX, GRANTS_SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new IllegalStateException("leases were not granted in " + GRANTS_SECONDS_MAX + " s");
    }
  }
}
