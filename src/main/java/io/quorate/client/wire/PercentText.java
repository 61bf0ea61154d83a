package io.quorate.client.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The text of a status, as gRPC writes it: what is not printable ASCII as {@code %} and two digits.
 */
final class PercentText {
  private PercentText() {}

  /** What is written wrongly stays as it is. */
  static String decode(CharSequence text) {
    String encoded = text.toString();
    if (encoded.indexOf('%') < 0) {
      return encoded;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      int octet = encoded.charAt(i) == '%' ? octet(encoded, i + 1) : -1;
      bytes.write(octet < 0 ? encoded.charAt(i) : octet);
      i += octet < 0 ? 0 : 2;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static int octet(String text, int at) {
    if (at + 2 > text.length()) {
      return -1;
    }
    int high = Character.digit(text.charAt(at), 16);
    int low = Character.digit(text.charAt(at + 1), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }
}
