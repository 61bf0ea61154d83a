package io.quorate.utl;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How far something is, in one line of a terminal that is written over again and again; nothing
 * where there is no terminal. One thread.
 */
final class ProgressBar {
  private static final int WIDTH = 30;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final double MIB = 1 << 20;
  private static final double NANOS = 1e9;

  /** Clears the line, for what is printed next. */
  private static final String CLEAR = "\r\u001b[K";

  private final PrintWriter to;
  private final boolean shown;
  private final String what;
  private final LongSupplier nanoTime;
  private final long beginNanos;
  private long lastNanos;
  private boolean dirty;

  /**
   * @param what is done, as {@code restoring}
   * @param shown whether there is a terminal
   * @param nanoTime the time, monotonic
   */
  ProgressBar(PrintWriter to, String what, boolean shown, LongSupplier nanoTime) {
    this.to = to;
    this.what = what;
    this.shown = shown;
    this.nanoTime = nanoTime;
    this.beginNanos = nanoTime.getAsLong();
    this.lastNanos = beginNanos;
  }

  /** On standard error, if that is a terminal. */
  static ProgressBar of(PrintWriter err, String what) {
    return new ProgressBar(err, what, Boolean.getBoolean(Main.TERMINAL), System::nanoTime);
  }

  /** So many bytes are done, of {@code total}; 0 where nobody knows of how many. */
  void show(long bytes, long total) {
    long now = nanoTime.getAsLong();
    if (!shown || now - lastNanos < PAUSE_NANOS) {
      return;
    }
    lastNanos = now;
    dirty = true;
    double seconds = (now - beginNanos) / NANOS;
    StringBuilder line = new StringBuilder(CLEAR).append(what).append(' ');
    if (total > 0) {
      // What was told before it began may turn out to be too little.
      double share = Math.min(1, (double) bytes / total);
      int full = (int) (share * WIDTH);
      line.append('[').append("#".repeat(full)).append("-".repeat(WIDTH - full)).append("] ");
      line.append(String.format(Locale.ROOT, "%3.0f %%, ", share * 100));
    }
    line.append(
        String.format(Locale.ROOT, "%.1f MiB, %.1f MiB/s", bytes / MIB, bytes / MIB / seconds));
    to.print(line);
    to.flush();
  }

  /** Nothing follows: the line is cleared. */
  void end() {
    if (dirty) {
      to.print(CLEAR);
      to.flush();
    }
  }
}
