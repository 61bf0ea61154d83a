package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** The small codecs of gRPC's headers; source: PROTOCOL-HTTP2 of gRPC, texts of grpc-go. */
final class GrpcHeaders {
  static final String STATUS = "grpc-status";
  static final String MESSAGE = "grpc-message";
  static final String TIMEOUT = "grpc-timeout";
  static final String ENCODING = "grpc-encoding";
  static final String ACCEPT_ENCODING = "grpc-accept-encoding";

  /** A unit and at most eight digits. */
  private static final int TIMEOUT_CHARS_MAX = 9;

  private GrpcHeaders() {}

  /**
   * The nanoseconds of a {@code grpc-timeout}, at most {@link Long#MAX_VALUE} / 2.
   *
   * @throws EtcdException INTERNAL if it is malformed
   */
  static long timeoutNanos(String value) {
    int digits = value.length() - 1;
    if (digits < 1) {
      throw malformed("transport: timeout string is too short: \"" + value + "\"");
    }
    if (value.length() > TIMEOUT_CHARS_MAX) {
      throw malformed("transport: timeout string is too long: \"" + value + "\"");
    }
    TimeUnit unit = unit(value);
    long count = 0;
    for (int i = 0; i < digits; i++) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        throw malformed(
            "strconv.ParseUint: parsing \"" + value.substring(0, digits) + "\": invalid syntax");
      }
      count = count * 10 + (c - '0');
    }
    return Math.min(unit.toNanos(count), Long.MAX_VALUE / 2);
  }

  private static TimeUnit unit(String value) {
    return switch (value.charAt(value.length() - 1)) {
      case 'H' -> TimeUnit.HOURS;
      case 'M' -> TimeUnit.MINUTES;
      case 'S' -> TimeUnit.SECONDS;
      case 'm' -> TimeUnit.MILLISECONDS;
      case 'u' -> TimeUnit.MICROSECONDS;
      case 'n' -> TimeUnit.NANOSECONDS;
      default -> throw malformed("transport: timeout unit is not recognized: \"" + value + "\"");
    };
  }

  private static EtcdException malformed(String why) {
    return new EtcdException(EtcdError.Code.INTERNAL, "malformed grpc-timeout: " + why);
  }

  /** The value of a {@code grpc-message}: printable ASCII but the percent sign as it is. */
  static String encodeMessage(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!plain(text.charAt(i))) {
        return percentEncode(text);
      }
    }
    return text;
  }

  private static boolean plain(int c) {
    return c >= ' ' && c <= '~' && c != '%';
  }

  private static String percentEncode(String text) {
    StringBuilder encoded = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (plain(b)) {
        encoded.append((char) b);
      } else {
        encoded.append('%');
        encoded.append(Character.toUpperCase(Character.forDigit((b >> 4) & 15, 16)));
        encoded.append(Character.toUpperCase(Character.forDigit(b & 15, 16)));
      }
    }
    return encoded.toString();
  }
}
