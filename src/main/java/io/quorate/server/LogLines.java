package io.quorate.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.quorate.server.ServeConfig.LogFormat;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Log events as lines, with the fields of etcd's log: {@code level}, {@code ts} (UTC,
 * microseconds), {@code logger}, {@code msg}, and then the event's own. Stateless.
 */
final class LogLines {
  private static final String OWN_PREFIX = "io.quorate.";
  private static final int LINE_CHARS = 256;

  private LogLines() {}

  /** {@code event} as one line with its line feed. */
  static String format(ILoggingEvent event, LogFormat format) {
    return format(event, event.getLevel().toString().toLowerCase(Locale.ROOT), format);
  }

  private static String format(ILoggingEvent event, String level, LogFormat format) {
    StringBuilder line = new StringBuilder(LINE_CHARS);
    String logger = shorten(event.getLoggerName());
    if (format == LogFormat.JSON) {
      line.append("{\"level\":\"").append(level).append("\",\"ts\":\"");
      timestamp(line, event.getInstant());
      line.append("\",\"logger\":");
      quote(line, logger);
      line.append(",\"msg\":");
      quote(line, String.valueOf(event.getFormattedMessage()));
      fields(line, event, ",", ":");
      return line.append("}\n").toString();
    }
    timestamp(line, event.getInstant());
    line.append('\t').append(level).append('\t').append(logger).append('\t');
    escape(line, String.valueOf(event.getFormattedMessage()), false);
    int before = line.length();
    fields(line, event, ", ", ": ");
    if (line.length() > before) {
      line.replace(before, before + 2, "\t{").append('}');
    }
    return line.append('\n').toString();
  }

  /** The line with which a process ends that was refused something. */
  static String last(String level, String message, String error, LogFormat format) {
    LoggingEvent event = new LoggingEvent();
    event.setLoggerName(Serve.class.getName());
    event.setLevel(Level.ERROR);
    event.setInstant(Instant.now());
    event.setMessage(message);
    event.addKeyValuePair(new KeyValuePair("error", error));
    return format(event, level, format);
  }

  private static void fields(StringBuilder line, ILoggingEvent event, String comma, String colon) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (KeyValuePair pair : pairs) {
        line.append(comma);
        quote(line, String.valueOf(pair.key));
        line.append(colon);
        value(line, pair.value);
      }
    }
    IThrowableProxy cause = event.getThrowableProxy();
    if (cause != null) {
      line.append(comma).append("\"error\"").append(colon);
      String message = cause.getMessage();
      quote(line, message == null ? cause.getClassName() : message);
      line.append(comma).append("\"stacktrace\"").append(colon);
      quote(line, ThrowableProxyUtil.asString(cause));
    }
  }

  private static void value(StringBuilder line, @Nullable Object value) {
    if (value instanceof Number || value instanceof Boolean || value == null) {
      line.append(value);
    } else if (value instanceof Collection<?> list) {
      String comma = "[";
      for (Object item : list) {
        line.append(comma);
        value(line, item);
        comma = ",";
      }
      line.append(list.isEmpty() ? "[]" : "]");
    } else if (value instanceof Map<?, ?> map) {
      String comma = "{";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        line.append(comma);
        quote(line, String.valueOf(entry.getKey()));
        line.append(':');
        value(line, entry.getValue());
        comma = ",";
      }
      line.append(map.isEmpty() ? "{}" : "}");
    } else {
      quote(line, value.toString());
    }
  }

  /** {@code text} as a JSON string. */
  static void quote(StringBuilder line, String text) {
    line.append('"');
    escape(line, text, true);
    line.append('"');
  }

  /** Control characters never reach the terminal: neither line feeds nor escape sequences. */
  private static void escape(StringBuilder line, String text, boolean inQuotes) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inQuotes && (c == '"' || c == '\\')) {
        line.append('\\').append(c);
      } else if (c == '\n') {
        line.append("\\n");
      } else if (c == '\t') {
        line.append("\\t");
      } else if (c == '\r') {
        line.append("\\r");
      } else if (c < ' ' || c == 0x7f) {
        line.append("\\u00").append(Character.forDigit(c >> 4, 16));
        line.append(Character.forDigit(c & 15, 16));
      } else {
        line.append(c);
      }
    }
  }

  private static void timestamp(StringBuilder line, Instant instant) {
    LocalDateTime time =
        LocalDateTime.ofEpochSecond(instant.getEpochSecond(), instant.getNano(), ZoneOffset.UTC);
    digits(line, time.getYear(), 4);
    digits(line, time.getMonthValue(), 2, '-');
    digits(line, time.getDayOfMonth(), 2, '-');
    digits(line, time.getHour(), 2, 'T');
    digits(line, time.getMinute(), 2, ':');
    digits(line, time.getSecond(), 2, ':');
    digits(line, time.getNano() / 1_000, 6, '.');
    line.append('Z');
  }

  private static void digits(StringBuilder line, int number, int width, char before) {
    digits(line.append(before), number, width);
  }

  private static void digits(StringBuilder line, int number, int width) {
    String text = Integer.toString(number);
    line.append("000000", 0, width - text.length()).append(text);
  }

  private static String shorten(String logger) {
    return logger.startsWith(OWN_PREFIX) ? logger.substring(OWN_PREFIX.length()) : logger;
  }
}
