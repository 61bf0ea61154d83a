package io.quorate.chaos.report;

import java.util.Locale;

/** Numbers, times and foreign text in words. */
final class Words {
  /** The most characters of a name in a label. */
  static final int NAME_CHARS_MAX = 48;

  private static final long MICRO = 1_000;
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000_000_000;

  private Words() {}

  /** With commas: {@code 1,234,567}. */
  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** {@code 1 member}, {@code 3 members}. */
  static String count(long number, String one) {
    return count(number) + " " + one + (number == 1 ? "" : "s");
  }

  /** A length of time with three digits and its unit, {@code 850 µs}; above a minute in seconds. */
  static String duration(long nanos) {
    if (nanos == 0) {
      return "0 s";
    }
    if (nanos < MICRO) {
      return nanos + " ns";
    }
    if (nanos < 999_500) {
      return digits(nanos / (double) MICRO) + " µs";
    }
    if (nanos < 999_500_000) {
      return digits(nanos / (double) MILLI) + " ms";
    }
    if (nanos < 59_950_000_000L) {
      return digits(nanos / (double) SECOND) + " s";
    }
    long seconds = Math.round(nanos / (double) SECOND);
    String rest = String.format(Locale.ROOT, "%02d s", seconds % 60);
    return seconds < 3600
        ? seconds / 60 + " min " + rest
        : String.format(Locale.ROOT, "%d h %02d min %s", seconds / 3600, seconds / 60 % 60, rest);
  }

  private static String digits(double number) {
    int decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f", number);
  }

  /** A time of the run in seconds, with this many decimals. */
  static String seconds(long nanos, int decimals) {
    return String.format(Locale.ROOT, "%." + decimals + "f s", nanos / (double) SECOND);
  }

  /** A time of the run as on a clock, {@code 1:02:03}, in whole seconds. */
  static String clock(long nanos) {
    long seconds = nanos / SECOND;
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  /** At most {@code max} characters of it, the last of them a mark if there were more. */
  static String cut(String text, int max) {
    if (text.length() <= max) {
      return text;
    }
    int end = Math.max(0, max - 1);
    if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end) + "…";
  }

  /** At most {@code max} characters, and how many there were. */
  static String cutCounted(String text, int max) {
    return text.length() <= max
        ? text
        : cut(text, max) + " (" + count(text.length(), "character") + ")";
  }

  /** A name as a label: the beginning of it, with all that cannot be seen as escapes. */
  static String name(String text) {
    return visible(cut(text, NAME_CHARS_MAX));
  }

  /**
   * The same with all that cannot be seen written as an escape: control characters, marks that turn
   * the direction of text, halves of characters. What is left is legal in XML.
   */
  static String visible(String text) {
    if (text.chars().allMatch(each -> each >= ' ' && each < 0x7f)) {
      return text;
    }
    StringBuilder seen = new StringBuilder();
    text.codePoints().forEach(each -> seen.append(visible(each)));
    return seen.toString();
  }

  private static String visible(int codePoint) {
    return switch (codePoint) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default ->
          isVisible(codePoint)
              ? Character.toString(codePoint)
              : String.format(Locale.ROOT, "\\u{%x}", codePoint);
    };
  }

  private static boolean isVisible(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.PRIVATE_USE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
