package io.quorate.link;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs why connections are refused: the same reason for the same address at most once in {@link
 * #QUIET}. Remembers the last {@link #REMEMBERED_MAX} of them. Safe for threads.
 */
final class RefusalLog {
  static final Duration QUIET = Duration.ofSeconds(10);
  static final int REMEMBERED_MAX = 256;

  private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);

  private record Cause(String address, Preface.Refusal refusal, boolean ours) {}

  private final Map<Cause, Long> told = new LinkedHashMap<>();
  private final LongSupplier nanos;

  /**
   * @param nanos the clock, in nanoseconds
   */
  RefusalLog(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** We refused a connection that {@code address}, without its port, has opened. */
  void refusedHere(String address, RefusedException refused) {
    if (isNews(new Cause(address, refused.refusal(), true))) {
      LOG.warn("refused a link from {}: {}", address, refused.text());
    }
  }

  /** The one at {@code url} refused our connection. */
  void refusedThere(String url, RefusedException refused) {
    if (isNews(new Cause(url, refused.refusal(), false))) {
      LOG.warn("link to {} is refused: {}", url, refused.text());
    }
  }

  private synchronized boolean isNews(Cause cause) {
    long now = nanos.getAsLong();
    Long last = told.get(cause);
    if (last != null && now - last < QUIET.toNanos()) {
      return false;
    }
    told.remove(cause);
    if (told.size() >= REMEMBERED_MAX) {
      told.remove(told.keySet().iterator().next());
    }
    told.put(cause, now);
    return true;
  }
}
