package io.quorate.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EndpointTest {
  @Test
  void readsUrlsAndPairs() {
    Map.of(
            "http://a:1", new Endpoint(false, "a", 1),
            "https://a.b.c:65535", new Endpoint(true, "a.b.c", 65_535),
            "a:2379", new Endpoint(false, "a", 2_379),
            "127.0.0.1:2379", new Endpoint(false, "127.0.0.1", 2_379),
            "[::1]:2379", new Endpoint(false, "[::1]", 2_379),
            "https://[fe80::1]:2379/", new Endpoint(true, "[fe80::1]", 2_379))
        .forEach((text, endpoint) -> assertThat(Endpoint.parse(text)).isEqualTo(endpoint));
  }

  @Test
  void isReadAsItIsWritten() {
    for (String text : new String[] {"http://a:1", "https://[::1]:2", "http://10.0.0.1:3"}) {
      assertThat(Endpoint.parse(text)).hasToString(text);
    }
  }

  private static void assertRefused(String text, String why) {
    assertThatThrownBy(() -> Endpoint.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("cannot use endpoint " + text + ": ")
        .hasMessageContaining(why);
  }

  @Test
  void refusesWhatIsNoEndpoint() {
    assertRefused("", "");
    assertRefused("a", "it needs a host and a port");
    assertRefused("http://a", "it needs a host and a port");
    assertRefused("a:0", "it needs a host and a port");
    assertRefused("a:65536", "it needs a host and a port");
    assertRefused("a:-1", "");
    assertRefused(":2379", "it needs a host and a port");
    assertRefused("::1:2379", "");
    assertRefused("a b:1", "");
    assertRefused("ftp://a:1", "its scheme is ftp, not http or https");
    assertRefused("unix://a:1", "its scheme is unix, not http or https");
    assertRefused("http://a:1/path", "it has a path: /path");
    assertRefused("a/b://c:1", "it has no scheme");
    assertRefused("?://a:1", "it has no scheme");
  }

  @Test
  void refusesOrReadsWhateverIsGiven() {
    Random luck = new Random(1);
    String letters = "ahtps0179:/[].@?#%_-\\ \u00e4";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int left = luck.nextInt(14); left > 0; left--) {
        text.append(luck.nextInt(8) == 0 ? "://" : letters.charAt(luck.nextInt(letters.length())));
      }
      try {
        Endpoint read = Endpoint.parse(text.toString());
        assertThat(Endpoint.parse(read.toString())).isEqualTo(read);
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageStartingWith("cannot use endpoint " + text + ": ");
      }
    }
  }
}
