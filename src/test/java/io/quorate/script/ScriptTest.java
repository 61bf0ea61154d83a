package io.quorate.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ScriptTest {
  private static String echo(Script.Command c) {
    return c.name() + c.arguments() + c.input();
  }

  @Test
  void keepsATranscriptThatIsTrue() {
    String script = "# why\n\nsay a b=2\nmore\n----\nsay[a, b=2][more]\n\nsay\n----\nsay[][]\n";
    assertThat(Script.replay(script, ScriptTest::echo)).isEqualTo(script);
  }

  @Test
  void replacesOutputThatIsNotTrue() {
    assertThat(Script.replay("say\n----\nlies\nand more\n", ScriptTest::echo))
        .isEqualTo("say\n----\nsay[][]\n");
  }

  @Test
  void printsOkForSilence() {
    assertThat(Script.replay("say\n----\n", c -> "")).isEqualTo("say\n----\nok\n");
  }

  @Test
  void refusesABlockWithoutDashes() {
    assertThatThrownBy(() -> Script.replay("say\n", ScriptTest::echo))
        .hasMessage("no ---- behind: say");
  }

  @Test
  void readsArguments() {
    Script.Command c = new Script.Command("x", java.util.List.of("n=3", "on", "l=(1,2)"), null);
    assertThat(c.number("n", 0)).isEqualTo(3);
    assertThat(c.number("m", 7)).isEqualTo(7);
    assertThat(c.has("on")).isTrue();
    assertThat(c.numbers("l")).containsExactly(1L, 2L);
  }
}
