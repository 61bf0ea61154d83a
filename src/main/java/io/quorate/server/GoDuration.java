package io.quorate.server;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go writes them: {@code 1h30m}, {@code 300ms}, {@code 1.5s}, {@code 0}. */
final class GoDuration {
  private static final Pattern PART = Pattern.compile("([0-9]*)(?:\\.([0-9]*))?([^0-9.]*)");
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private GoDuration() {}

  /** Reads what {@code time.ParseDuration} reads; the range is that of 64-bit nanoseconds. */
  static Duration parse(String text) throws GoText.BadValue {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Duration.ZERO;
    }
    if (rest.isEmpty()) {
      throw invalid(text);
    }
    long nanos = 0;
    Matcher matcher = PART.matcher(rest);
    int at = 0;
    while (at < rest.length()) {
      if (!matcher.find(at) || matcher.start() != at || !hasDigits(matcher)) {
        throw invalid(text);
      }
      nanos = add(nanos, matcher, text);
      at = matcher.end();
    }
    return Duration.ofNanos(negative ? -nanos : nanos);
  }

  private static boolean hasDigits(Matcher matcher) {
    String fraction = matcher.group(2);
    return !matcher.group(1).isEmpty() || (fraction != null && !fraction.isEmpty());
  }

  private static long add(long nanos, Matcher part, String text) throws GoText.BadValue {
    String unit = part.group(3);
    if (unit.isEmpty()) {
      throw new GoText.BadValue("time: missing unit in duration " + GoText.quote(text));
    }
    long scale = scale(unit);
    if (scale == 0) {
      throw new GoText.BadValue(
          "time: unknown unit " + GoText.quote(unit) + " in duration " + GoText.quote(text));
    }
    try {
      String whole = part.group(1);
      long sum =
          Math.addExact(
              nanos, Math.multiplyExact(whole.isEmpty() ? 0 : Long.parseLong(whole), scale));
      String fraction = part.group(2);
      return fraction == null || fraction.isEmpty()
          ? sum
          : Math.addExact(sum, (long) (Double.parseDouble("0." + fraction) * scale));
    } catch (ArithmeticException | NumberFormatException e) {
      throw invalid(text);
    }
  }

  private static long scale(String unit) {
    return switch (unit) {
      case "ns" -> 1L;
      case "us", "\u00b5s", "\u03bcs" -> 1_000L;
      case "ms" -> 1_000_000L;
      case "s" -> NANOS_PER_SECOND;
      case "m" -> 60 * NANOS_PER_SECOND;
      case "h" -> 3_600 * NANOS_PER_SECOND;
      default -> 0L;
    };
  }

  private static GoText.BadValue invalid(String text) {
    return new GoText.BadValue("time: invalid duration " + GoText.quote(text));
  }
}
