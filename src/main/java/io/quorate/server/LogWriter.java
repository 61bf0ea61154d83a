package io.quorate.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.quorate.server.ServeConfig.LogFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.event.KeyValuePair;

/**
 * Writes log lines on a thread of its own, so that a reader of our output that has stopped reading
 * cannot stop the member. Events wait in a bounded queue; what finds it full is counted and thrown
 * away, and the count is written once there is room again.
 */
final class LogWriter extends UnsynchronizedAppenderBase<ILoggingEvent> {
  /** Events that wait to be written. */
  static final int QUEUE_EVENTS_MAX = 8_192;

  private static final int BATCH_EVENTS_MAX = 256;
  private static final int BATCH_BYTES = 64 * 1024;

  /** What a stop waits at most where nobody says otherwise, in ms. */
  private static final long STOP_MILLIS_MAX = 300;

  /** Ends the wait of the thread; it is not written. */
  private static final ILoggingEvent END = new LoggingEvent();

  private final OutputStream out;
  private final LogFormat format;
  private final BlockingQueue<ILoggingEvent> queue = new ArrayBlockingQueue<>(QUEUE_EVENTS_MAX);
  private final AtomicLong discarded = new AtomicLong();
  private final Thread thread = new Thread(this::write, "log");
  private volatile boolean closing;

  /** A writer of lines in {@code format} to {@code out}; started by {@link #start}. */
  LogWriter(OutputStream out, LogFormat format) {
    this.out = out;
    this.format = format;
    thread.setDaemon(true);
  }

  @Override
  public void start() {
    super.start();
    thread.start();
  }

  @Override
  protected void append(ILoggingEvent event) {
    event.prepareForDeferredProcessing();
    if (!queue.offer(event)) {
      discarded.incrementAndGet();
    }
  }

  /** Writes what waits, for at most 300 ms, and then takes nothing more. */
  @Override
  public void stop() {
    stop(STOP_MILLIS_MAX);
  }

  /** Writes what waits, for at most {@code millisMax}, and then takes nothing more. */
  void stop(long millisMax) {
    if (!isStarted()) {
      return;
    }
    super.stop();
    closing = true;
    // Not by an interrupt, which could end a write. Where this finds no room, nobody waits.
    queue.offer(END);
    // Whoever interrupts the caller wants it to end, and not its last lines to be lost.
    boolean interrupted = Thread.interrupted();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millisMax);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, left);
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    List<ILoggingEvent> batch = new ArrayList<>(BATCH_EVENTS_MAX);
    StringBuilder lines = new StringBuilder();
    while (!closing || !queue.isEmpty()) {
      take(batch);
      for (ILoggingEvent event : batch) {
        if (event == END) {
          continue;
        }
        lines.append(LogLines.format(event, format));
        if (lines.length() > BATCH_BYTES) {
          flush(lines);
        }
      }
      long lost = discarded.getAndSet(0);
      if (lost > 0) {
        lines.append(LogLines.format(lossOf(lost), format));
      }
      flush(lines);
      batch.clear();
    }
  }

  private void take(List<ILoggingEvent> batch) {
    try {
      batch.add(queue.take());
      queue.drainTo(batch, BATCH_EVENTS_MAX - 1);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread.
    }
  }

  private void flush(StringBuilder lines) {
    try {
      out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      // Nobody is left to be told.
    }
    lines.setLength(0);
  }

  private static ILoggingEvent lossOf(long lost) {
    LoggingEvent event = new LoggingEvent();
    event.setLoggerName(LogWriter.class.getName());
    event.setLevel(Level.WARN);
    event.setInstant(Instant.now());
    event.setMessage("log lines were discarded, since nobody read them fast enough");
    event.addKeyValuePair(new KeyValuePair("count", lost));
    return event;
  }
}
