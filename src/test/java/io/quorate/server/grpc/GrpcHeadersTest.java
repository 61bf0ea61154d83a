package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.EtcdException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcHeadersTest {
  @ParameterizedTest
  @CsvSource({
    "1H, 3600000000000",
    "2M, 120000000000",
    "3S, 3000000000",
    "4999m, 4999000000",
    "5u, 5000",
    "6n, 6",
    "0n, 0",
    "99999999H, 4611686018427387903"
  })
  void readsTimeouts(String value, long nanos) {
    assertThat(GrpcHeaders.timeoutNanos(value)).isEqualTo(nanos);
  }

  @ParameterizedTest
  @CsvSource({
    "5x, transport: timeout unit is not recognized: \"5x\"",
    "123456789S, transport: timeout string is too long: \"123456789S\"",
    "S, transport: timeout string is too short: \"S\"",
    "-1S, 'strconv.ParseUint: parsing \"-1\": invalid syntax'"
  })
  void refusesMalformedTimeoutsAsGrpcGoDoes(String value, String why) {
    assertThatThrownBy(() -> GrpcHeaders.timeoutNanos(value))
        .isInstanceOf(EtcdException.class)
        .hasMessage("malformed grpc-timeout: " + why);
  }

  @Test
  void encodesOnlyWhatMustNotTravel() {
    assertThat(GrpcHeaders.encodeMessage("plain ~ \"text\"")).isEqualTo("plain ~ \"text\"");
    assertThat(GrpcHeaders.encodeMessage("100% ä\n")).isEqualTo("100%25 %C3%A4%0A");
  }
}
