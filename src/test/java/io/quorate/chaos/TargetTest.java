package io.quorate.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TargetTest {
  @Test
  void namesEndpointsThatHaveNoName() {
    Target.Foreign target = Target.Foreign.parse("http://a:1, b=http://b:1,http://c:1", "hook -v");
    assertThat(target.endpoints())
        .containsExactly(
            Map.entry("m1", "http://a:1"),
            Map.entry("b", "http://b:1"),
            Map.entry("m3", "http://c:1"));
    assertThat(target.hook()).containsExactly("hook", "-v");
    assertThat(target.asText())
        .containsEntry("--endpoints", "m1=http://a:1,b=http://b:1,m3=http://c:1")
        .containsEntry("--hook", "hook -v");
  }

  @Test
  void isParsedAgainFromItsText() {
    Target.Foreign target = Target.Foreign.parse("http://a:1", "");
    assertThat(
            Target.Foreign.parse(target.asText().get("--endpoints"), target.asText().get("--hook")))
        .isEqualTo(target);
  }

  @Test
  void refusesWhatIsNoCluster() {
    for (String text : List.of("", "a=", "a=http://x,a=http://y,http://z", "http://a,http://b")) {
      assertThatThrownBy(() -> Target.Foreign.parse(text, ""))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new Target.Own(List.of("etcd"), 4))
        .hasMessage("--members is 1, 3, 5 or 7, not 4");
  }
}
