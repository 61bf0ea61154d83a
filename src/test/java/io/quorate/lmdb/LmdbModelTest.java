package io.quorate.lmdb;

import io.quorate.base.Bytes;
import io.quorate.mvcc.Shelf;
import io.quorate.mvcc.StoreModelRun;
import io.quorate.mvcc.StoreScript;
import io.quorate.script.Script;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LmdbModelTest {
  @TempDir Path dir;

  static Stream<Path> scripts() {
    return Script.in("mvcc").stream();
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void answersFromDiskAsTheReferenceDid(Path file) {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      StoreScript script = new StoreScript(new Shelf(disk), StoreScript.Between.STEPS);
      Script.run(file, script::run);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void answersAsTheListOfAllRevisions(long seed) {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      new StoreModelRun(new Shelf(disk), StoreModelRun.shortKeys(), seed).play(300);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 6, 7, 8})
  void answersAsTheListOfAllRevisionsWhenKeysAreLong(long seed) {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      new StoreModelRun(new Shelf(disk), mixedKeys(), seed).play(300);
    }
  }

  /** About the longest key that LMDB takes, and beyond: neighbours that share any prefix. */
  private static List<Bytes> mixedKeys() {
    String prefix = "p".repeat(470);
    return Stream.of(
            "a",
            prefix,
            prefix + "p".repeat(10),
            prefix + "p".repeat(36),
            prefix + "p".repeat(37),
            prefix + "p".repeat(38),
            prefix + "p".repeat(39),
            prefix + "p".repeat(600),
            prefix + "p".repeat(9) + "q".repeat(50),
            prefix + "p".repeat(10) + "q".repeat(50),
            prefix + "q",
            "q".repeat(9000),
            "q".repeat(9000) + "r",
            "z")
        .map(Bytes::utf8)
        .sorted()
        .toList();
  }
}
