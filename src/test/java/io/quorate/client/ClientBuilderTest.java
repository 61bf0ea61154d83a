package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientBuilderTest {
  private final ClientBuilder builder = Client.at("127.0.0.1:1");

  @Test
  void neverChanges() {
    assertThat(builder.callTimeout(Duration.ofSeconds(1))).isNotSameAs(builder);
    assertThat(builder.user("root", "secret")).isNotSameAs(builder);
  }

  @Test
  void refusesWhatIsOfNoUseInOneLine() {
    assertThatThrownBy(() -> Client.at(List.of()))
        .hasMessage("a client needs at least one endpoint");
    assertThatThrownBy(() -> Client.at("ftp://127.0.0.1:1"))
        .hasMessage("cannot use endpoint ftp://127.0.0.1:1: its scheme is ftp, not http or https");
    assertThatThrownBy(() -> builder.callTimeout(Duration.ZERO))
        .hasMessage("a time-out is above 0 and at most PT24H, not PT0S");
    assertThatThrownBy(() -> builder.attemptTimeout(Duration.ofDays(2)))
        .hasMessage("a time-out is above 0 and at most PT24H, not PT48H");
    assertThatThrownBy(() -> builder.ioThreads(0)).hasMessage("1 to 64 threads, not 0");
  }
}
