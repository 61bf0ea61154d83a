package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;

class UpgradeGuardTest {
  private static String passed(String text, int cut) {
    UpgradeGuard guard = new UpgradeGuard();
    StringBuilder all = new StringBuilder();
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int at = 0; at < bytes.length; at += cut) {
      ByteString piece = ByteString.fromArray(bytes, at, Math.min(cut, bytes.length - at));
      all.append(guard.pass(piece).decodeString(StandardCharsets.ISO_8859_1));
    }
    return all.toString();
  }

  @Test
  void changesTheNameOfTheSettingsHoweverTheBytesAreCut() {
    String request =
        "GET / HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
            + "GET / HTTP/1.1\nhttp2-settings: A\r\n\r\n";
    String changed =
        "GET / HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settingx: AAMAAABk\r\n\r\n"
            + "GET / HTTP/1.1\nhttp2-settingx: A\r\n\r\n";
    for (int cut = 1; cut <= request.length(); cut++) {
      assertThat(passed(request, cut)).isEqualTo(changed);
    }
  }

  @Test
  void leavesEverythingElse() {
    String request =
        "GET /http2-settings HTTP/1.1\r\nX-HTTP2-Settings: a\r\n"
            + "\nhttp2-\n\nhttp2-setting: \u00e9\r\n";
    assertThat(passed(request, 7)).isEqualTo(request);
  }
}
