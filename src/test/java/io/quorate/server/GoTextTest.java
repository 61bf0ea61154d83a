package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoTextTest {

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "10,10",
    "0x10,16",
    "010,8",
    "0o17,15",
    "0b101,5",
    "1_000,1000",
    "0x_ff,255",
    "18446744073709551615,9223372036854775807"
  })
  void readsUnsignedNumbersInEveryNotationOfGo(String text, long number) throws Exception {
    assertThat(GoText.parseUnsigned(text)).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-1", "+1", "1.5", "1_", "_1", "09", "0x", " 1", "1k"})
  void refusesWhatIsNoUnsignedNumber(String text) {
    assertThatThrownBy(() -> GoText.parseUnsigned(text)).hasMessage("parse error");
  }

  @Test
  void tellsNumbersThatAreTooLarge() {
    assertThatThrownBy(() -> GoText.parseUnsigned("18446744073709551616"))
        .hasMessage("value out of range");
    assertThatThrownBy(() -> GoText.parseSigned("9223372036854775808"))
        .hasMessage("value out of range");
  }

  @Test
  void readsSignedNumbers() throws Exception {
    assertThat(GoText.parseSigned("-1")).isEqualTo(-1);
    assertThat(GoText.parseSigned("-0x8000000000000000")).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void readsTheBooleansOfGoAndNoOthers() throws Exception {
    assertThat(GoText.parseBool("T")).isTrue();
    assertThat(GoText.parseBool("0")).isFalse();
    assertThatThrownBy(() -> GoText.parseBool("yes")).hasMessage("parse error");
  }

  @Test
  void quotesAsGoDoes() {
    assertThat(GoText.quote("a\"b\\c\n\u0001\u00e4")).isEqualTo("\"a\\\"b\\\\c\\n\\x01\u00e4\"");
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "300ms,300000000",
    "1h30m,5400000000000",
    "1.5s,1500000000",
    ".5s,500000000",
    "1us,1000",
    "-2s,-2000000000",
    "+1ns,1",
    "1m0.5s,60500000000"
  })
  void readsDurations(String text, long nanos) throws Exception {
    assertThat(GoDuration.parse(text)).isEqualTo(Duration.ofNanos(nanos));
  }

  @ParameterizedTest
  @CsvSource({
    "x,'time: invalid duration \"x\"'",
    "'','time: invalid duration \"\"'",
    "-1,'time: missing unit in duration \"-1\"'",
    "5,'time: missing unit in duration \"5\"'",
    "1d,'time: unknown unit \"d\" in duration \"1d\"'",
    "99999999999h,'time: invalid duration \"99999999999h\"'"
  })
  void refusesDurationsInTheWordsOfGo(String text, String message) {
    assertThatThrownBy(() -> GoDuration.parse(text)).hasMessage(message);
  }
}
