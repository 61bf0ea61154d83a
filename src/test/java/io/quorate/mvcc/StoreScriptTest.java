package io.quorate.mvcc;

import io.quorate.script.Script;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The answers of the reference, wherever the rows lie: in memory, on their way, on disk. */
class StoreScriptTest {
  static Stream<Arguments> scripts() {
    return Script.in("mvcc").stream()
        .flatMap(
            file ->
                List.of(StoreScript.Between.values()).stream()
                    .map(between -> Arguments.of(file, between)));
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void answersAsTheReferenceDid(Path file, StoreScript.Between between) {
    StoreScript script = new StoreScript(new Shelf(new MemoryDisk()), between);
    Script.run(file, script::run);
  }
}
