package io.quorate.link;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** What {@link RefusalLog}, or another room, logs while it is open. */
final class LogTap extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Logger logger;
  private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

  LogTap() {
    this(RefusalLog.class.getName());
  }

  private LogTap(String logging) {
    this.logger = (Logger) LoggerFactory.getLogger(logging);
    setContext(logger.getLoggerContext());
    start();
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    logger.addAppender(this);
  }

  /** What the classes of a room log. */
  static LogTap of(String logging) {
    return new LogTap(logging);
  }

  @Override
  protected void append(ILoggingEvent event) {
    lines.add(event.getFormattedMessage());
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void close() {
    logger.detachAppender(this);
    logger.setAdditive(true);
    stop();
  }
}
