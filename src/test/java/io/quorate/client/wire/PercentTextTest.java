package io.quorate.client.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PercentTextTest {
  @ParameterizedTest
  @CsvSource({
    "etcdserver: no leader, etcdserver: no leader",
    "100%25, 100%",
    "%C3%A9t%c3%a9, été",
    "%zz, %zz",
    "100%, 100%",
    "100%2, 100%2",
    "%25%, %%"
  })
  void readsWhatIsEncodedAndKeepsTheRest(String encoded, String text) {
    assertThat(PercentText.decode(encoded)).isEqualTo(text);
  }

  @Test
  void nothingIsNothing() {
    assertThat(PercentText.decode("")).isEmpty();
  }
}
