package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.link.Preface.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrefaceTest {
  @ParameterizedTest
  @EnumSource
  void everyLaneComesBackAsItWas(Lane lane) {
    Preface preface = new Preface(lane, -1, Long.MIN_VALUE, 42);
    assertThat(Preface.decode(preface.encode())).isEqualTo(preface);
  }

  @Test
  void refusesWhatIsCutOrTooLong() {
    Bytes whole = new Preface(Lane.ASK, 1, 2, 3).encode();
    for (int size = 0; size < whole.size(); size++) {
      Bytes cut = whole.slice(0, size);
      assertThatThrownBy(() -> Preface.decode(cut))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.refusal()).isEqualTo(Refusal.NOT_A_PEER));
    }
    assertThatThrownBy(() -> Preface.decode(whole.concat(Bytes.ofLong(0))))
        .hasMessage("malformed preface: bytes after the end");
  }

  @Test
  void refusesUnknownLanes() {
    byte[] array = new Preface(Lane.ASK, 1, 2, 3).encode().toArray();
    array[5] = 9;
    assertThatThrownBy(() -> Preface.decode(Bytes.wrap(array)))
        .hasMessage("malformed preface: unknown lane 9");
  }

  @ParameterizedTest
  @EnumSource
  void everyRefusalComesBackWithItsTextInOneLine(Refusal refusal) {
    Bytes answer = Preface.refused(new RefusedException(refusal, "no\r\nway"));
    assertThatThrownBy(() -> Preface.readAnswer(answer))
        .hasMessage("no  way")
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal()).isEqualTo(refusal));
  }

  @Test
  void longTextsAreCut() {
    Bytes answer = Preface.refused(new RefusedException(Refusal.MEMBER, "x".repeat(5_000)));
    assertThat(answer.size()).isLessThan(Opening.FIRST_BYTES_MAX);
    assertThatThrownBy(() -> Preface.readAnswer(answer))
        .hasMessage("x".repeat(Preface.TEXT_BYTES_MAX));
  }

  @Test
  void whatLetsInThrowsNothing() {
    Preface.readAnswer(Preface.accepted());
  }

  @Test
  void urlsHaveHostAndPort() {
    assertThat(PeerUrl.of(List.of("http://a.b:1", "https://[::1]:2380")))
        .containsExactly(new PeerUrl(false, "a.b", 1), new PeerUrl(true, "::1", 2380));
    assertThat(new PeerUrl(true, "::1", 2380)).hasToString("https://[::1]:2380");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:1", "http://a", "http://a:70000", "http://:1", "%"})
  void otherUrlsAreRefused(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeerUrl.of(url))
        .withMessageContaining(url);
  }
}
