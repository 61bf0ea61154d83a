package io.quorate.seeded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What no ring of each build reads is kept fit here: mistakes that are for others, or escape. */
class SeededBugTest {
  private static final Set<String> FACTS =
      Set.of("what", "file", "members", "seeds", "rings", "chaos");

  private static final List<String> LINES =
      List.of("what: a", "file: io/quorate/server/grpc/A.java", "members: 3", "-  a();", "+  b();");

  private static SeededBug bug(String... more) {
    return SeededBug.parse(
        "some-name.bug", Stream.concat(LINES.stream(), Stream.of(more)).toList());
  }

  static List<SeededBug> forOthers() throws IOException {
    return SeededBug.all().stream()
        .filter(bug -> bug.escapes() || !bug.isFor(SeededBug.Ring.SIMULATOR))
        .toList();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("forOthers")
  void compiles(SeededBug bug, @TempDir Path folder) throws IOException {
    assertThat(bug.compile(folder)).isNotEmptyDirectory();
  }

  @Test
  void everyFileSaysWhatIsKnown() throws IOException {
    for (SeededBug bug : SeededBug.all()) {
      assertThat(FACTS).as(bug.name()).containsAll(bug.facts());
      assertThat(bug.what()).isNotBlank();
      assertThat(bug.members()).isBetween(1, 7);
      assertThat(bug.chaosFlags()).allMatch(flag -> flag.matches("--[a-z]+=[a-z0-9,-]+"));
      if (!bug.escapes() && bug.isFor(SeededBug.Ring.SIMULATOR)) {
        assertThat(bug.firstSeed()).isLessThan(bug.lastSeed());
      }
    }
  }

  @Test
  void isForTheSimulatorUnlessItSaysOtherwise() {
    assertThat(bug().isFor(SeededBug.Ring.SIMULATOR)).isTrue();
    SeededBug others = bug("rings: scripts, harness");
    assertThat(others.isFor(SeededBug.Ring.SIMULATOR)).isFalse();
    assertThat(others.isFor(SeededBug.Ring.SCRIPTS)).isTrue();
    assertThat(others.isFor(SeededBug.Ring.HARNESS)).isTrue();
    assertThatThrownBy(() -> bug("rings: nobody").isFor(SeededBug.Ring.HARNESS))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isOfTheRoomOfItsClass() {
    assertThat(bug().room()).isEqualTo("server.grpc");
    assertThat(bug("file: io/quorate/raft/quorum/A.java").room()).isEqualTo("raft");
  }

  @Test
  void putsItsLinesWhereThoseThatGoAreOnce() {
    assertThat(bug().applied("{\n  a();\n}\n")).isEqualTo("{\n  b();\n}\n");
    assertThatThrownBy(() -> bug().applied("{\n  c();\n}\n")).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> bug().applied("  a();\n  a();\n")).isInstanceOf(AssertionError.class);
  }

  @Test
  void hasTheFlagsOfItsFile() {
    assertThat(bug().chaosFlags()).isEmpty();
    assertThat(bug("chaos: --faults=compact --rate=800").chaosFlags())
        .containsExactly("--faults=compact", "--rate=800");
  }
}
