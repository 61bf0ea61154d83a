package io.quorate.server.grpc;

import java.nio.charset.StandardCharsets;
import org.apache.pekko.util.ByteString;

/**
 * Keeps HTTP/1.1 what it is. Pekko HTTP goes over to HTTP/2 when a request asks for it by {@code
 * Upgrade: h2c} and {@code HTTP2-Settings} (RFC 7540, section 3.2; RFC 9113 has dropped it), and
 * tells nobody whose requests then come: their answers could not be counted. The reference answers
 * such requests by HTTP/1.1, and so does Pekko when it does not find the settings. So the last
 * letter of that name is changed on its way in. The bytes come in pieces that are cut anywhere. Not
 * for several threads.
 */
final class UpgradeGuard {
  private static final byte[] NAME = "\nhttp2-settings".getBytes(StandardCharsets.US_ASCII);
  private static final byte OTHER = 'x';

  private int matched;

  /** The next piece of what a client sends, ready to be read. */
  ByteString pass(ByteString bytes) {
    byte[] array = bytes.toArrayUnsafe();
    byte[] changed = null;
    for (int i = 0; i < array.length; i++) {
      if (matches(array[i]) && matched == NAME.length) {
        changed = changed == null ? array.clone() : changed;
        changed[i] = OTHER;
        matched = 0;
      }
    }
    return changed == null ? bytes : ByteString.fromArrayUnsafe(changed);
  }

  private boolean matches(byte next) {
    byte lower = next >= 'A' && next <= 'Z' ? (byte) (next + ('a' - 'A')) : next;
    if (lower == NAME[matched]) {
      matched++;
      return true;
    }
    // Only its first letter can begin the name anew.
    matched = lower == NAME[0] ? 1 : 0;
    return false;
  }
}
