package io.quorate.chaos.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.cluster.Program;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class OwnProgramTest {
  @Test
  void saysThatItIsQuorate() throws IOException {
    assertThat(Program.of(OwnProgram.command()).kind()).isEqualTo(Program.Kind.QUORATE);
  }

  @Test
  void givesNoJavaAFlagThatItDoesNotKnow() {
    assertThat(OwnProgram.command("java", 21, "a.jar"))
        .noneMatch(word -> word.contains("native-access") || word.contains("sun-misc-unsafe"));
    assertThat(OwnProgram.command("java", 22, "a.jar"))
        .anyMatch(word -> word.contains("native-access"))
        .noneMatch(word -> word.contains("sun-misc-unsafe"));
    assertThat(OwnProgram.command("java", 23, "a.jar"))
        .anyMatch(word -> word.contains("native-access"))
        .anyMatch(word -> word.contains("sun-misc-unsafe"));
  }

  @Test
  void endsWithTheClassPathAndTheServer() {
    assertThat(OwnProgram.command("java", 17, "a b.jar:c.jar"))
        .startsWith("java")
        .endsWith("-cp", "a b.jar:c.jar", "io.quorate.server.Main");
  }
}
