package io.quorate.raft;

import io.quorate.script.Script;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RaftScriptTest {
  static Stream<Path> scripts() {
    return Script.in("raft").stream();
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void keepsTheTranscript(Path file) {
    RaftScript script = new RaftScript();
    Script.run(file, script::run);
  }
}
