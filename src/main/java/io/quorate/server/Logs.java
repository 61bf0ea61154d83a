package io.quorate.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.spi.FilterReply;
import io.quorate.server.ServeConfig.LogFormat;
import io.quorate.server.ServeConfig.LogLevel;
import io.quorate.server.grpc.UnreadException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * The log of the process. Logback finds this class as its configurator, so that it looks for no
 * file and parses none: until {@link #configure} has been called, warnings go to standard error as
 * plain columns.
 *
 * <p>Logback finds it as well in a program into which members are embedded. The log is that
 * program's then, and nothing here touches it: only {@link #ofProcess} makes it ours.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_TOP_PRIORITY)
public final class Logs extends ContextAwareBase implements Configurator {

  private static volatile boolean ours;

  /** Called by Logback. */
  public Logs() {}

  /** The process is ours, and with it the log. To be called before anybody has a logger. */
  static void ofProcess() {
    ours = true;
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (!ours) {
      return ExecutionStatus.NEUTRAL;
    }
    warnOnStandardError(context);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Sends warnings to standard error as plain columns. */
  static void warnOnStandardError(LoggerContext context) {
    install(
        context,
        new ServeConfig.Logging(LogLevel.WARN, LogFormat.CONSOLE),
        new FileOutputStream(FileDescriptor.err));
  }

  /** Sends lines as {@code logging} says to {@code out}; any thread, at any time. */
  static void configure(ServeConfig.Logging logging, OutputStream out) {
    install(context(), logging, out);
  }

  /** Writes what waits, for at most {@code millisMax}. Later lines are lost. */
  static void close(long millisMax) {
    Logger root = context().getLogger(Logger.ROOT_LOGGER_NAME);
    root.iteratorForAppenders()
        .forEachRemaining(
            each -> {
              if (each instanceof LogWriter writer) {
                writer.stop(millisMax);
              }
            });
    context().stop();
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  private static void install(
      LoggerContext context, ServeConfig.Logging logging, OutputStream out) {
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    LogWriter writer = new LogWriter(out, logging.format());
    writer.setContext(context);
    writer.start();
    root.addAppender(writer);
    root.setLevel(level(logging.level()));
    context.resetTurboFilterList();
    context.addTurboFilter(new Unread());
    // What libraries say at level info is about themselves.
    Level libraries = logging.level() == LogLevel.INFO ? Level.WARN : level(logging.level());
    context.getLogger("org.apache.pekko").setLevel(libraries);
    context.getLogger("io.quorate").setLevel(level(logging.level()));
  }

  /** Drops what is logged of clients that do not read, for each of their streams. */
  private static final class Unread extends TurboFilter {
    @Override
    public FilterReply decide(
        @Nullable Marker marker,
        Logger logger,
        Level level,
        @Nullable String format,
        Object @Nullable [] params,
        @Nullable Throwable cause) {
      return cause instanceof UnreadException ? FilterReply.DENY : FilterReply.NEUTRAL;
    }
  }

  private static Level level(LogLevel level) {
    return switch (level) {
      case DEBUG -> Level.DEBUG;
      case INFO -> Level.INFO;
      case WARN -> Level.WARN;
      case ERROR -> Level.ERROR;
      case PANIC, FATAL -> Level.OFF;
    };
  }
}
