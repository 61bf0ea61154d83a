package io.quorate.server;

import java.math.BigInteger;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers, booleans and quotes as the Go standard library reads and writes them: what etcd accepts
 * on its command line, and the texts it refuses with.
 */
final class GoText {
  private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");
  private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");
  private static final Pattern INTEGER =
      Pattern.compile(
          "([+-]?)(?:0[xX](_?\\p{XDigit}+(?:_\\p{XDigit}+)*)"
              + "|0[bB](_?[01]+(?:_[01]+)*)"
              + "|0[oO]?(_?[0-7]+(?:_[0-7]+)*)"
              + "|(0|[1-9][0-9]*(?:_[0-9]+)*))");
  private static final int[] RADIX = {16, 2, 8, 10};

  private GoText() {}

  /** Reads what {@code strconv.ParseBool} reads. */
  static boolean parseBool(String text) throws BadValue {
    if (TRUE.contains(text)) {
      return true;
    }
    if (FALSE.contains(text)) {
      return false;
    }
    throw new BadValue("parse error");
  }

  /**
   * Reads an unsigned 64-bit number in Go's notation (decimal, 0x, 0b, 0o, leading 0 for octal,
   * underscores). Numbers above {@link Long#MAX_VALUE} become that bound: they mean "no limit".
   */
  static long parseUnsigned(String text) throws BadValue {
    if (text.startsWith("-") || text.startsWith("+")) {
      throw new BadValue("parse error");
    }
    BigInteger number = integer(text);
    if (number.bitLength() > Long.SIZE) {
      throw new BadValue("value out of range");
    }
    return number.bitLength() >= Long.SIZE ? Long.MAX_VALUE : number.longValueExact();
  }

  /** Reads a signed 64-bit number in Go's notation. */
  static long parseSigned(String text) throws BadValue {
    BigInteger number = integer(text);
    if (number.bitLength() >= Long.SIZE) {
      throw new BadValue("value out of range");
    }
    return number.longValueExact();
  }

  private static BigInteger integer(String text) throws BadValue {
    Matcher matcher = INTEGER.matcher(text);
    if (!matcher.matches()) {
      throw new BadValue("parse error");
    }
    for (int group = 2; group <= matcher.groupCount(); group++) {
      String digits = matcher.group(group);
      if (digits != null) {
        BigInteger number = new BigInteger(digits.replace("_", ""), RADIX[group - 2]);
        return matcher.group(1).equals("-") ? number.negate() : number;
      }
    }
    throw new BadValue("parse error");
  }

  /** {@code text} in double quotes, with Go's escapes. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    text.codePoints().forEach(point -> appendEscaped(quoted, point));
    return quoted.append('"').toString();
  }

  private static void appendEscaped(StringBuilder quoted, int point) {
    switch (point) {
      case '"' -> quoted.append("\\\"");
      case '\\' -> quoted.append("\\\\");
      case '\n' -> quoted.append("\\n");
      case '\r' -> quoted.append("\\r");
      case '\t' -> quoted.append("\\t");
      default -> {
        if (point < ' ' || point == 0x7f) {
          quoted.append(String.format(Locale.ROOT, "\\x%02x", point));
        } else {
          quoted.appendCodePoint(point);
        }
      }
    }
  }

  /** A value that cannot be read; the message says why, as etcd would. */
  static final class BadValue extends Exception {
    private static final long serialVersionUID = 1;

    BadValue(String message) {
      super(message, null, false, false);
    }
  }
}
