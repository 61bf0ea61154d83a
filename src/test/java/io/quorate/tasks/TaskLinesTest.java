package io.quorate.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table of lines in {@code docs/CLIENT-AND-JETCD.md} is what is counted in the sources, and the
 * tests that it names are there.
 */
class TaskLinesTest {
  private static final Path OURS = Path.of("src/test/java/io/quorate/tasks/Tasks.java");
  private static final Path THEIRS =
      Path.of("compat/jetcd/src/main/java/io/quorate/compat/jetcd/Tasks.java");
  private static final Path TABLE = Path.of("docs/CLIENT-AND-JETCD.md");
  private static final Path TESTS = Path.of("src/test/java");
  private static final int TASKS = 10;
  private static final int NAMED_MIN = 10;

  private static final Pattern BEGIN = Pattern.compile("\\s*// begin (.+)");
  private static final Pattern END = Pattern.compile("\\s*// end");
  private static final Pattern COMMENT = Pattern.compile("\\s*(//|/\\*|\\*).*");
  private static final Pattern ROW =
      Pattern.compile("\\| `([a-z-]+)` \\| [^|]+ \\| (\\d+) \\| (\\d+) \\|");

  private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT))\\.(\\w+)`");

  /** Lines that are neither blank nor comment between the marks, by task. */
  private static Map<String, Integer> count(List<String> lines) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    List<String> open = List.of();
    for (String line : lines) {
      Matcher begin = BEGIN.matcher(line);
      if (begin.matches()) {
        if (!open.isEmpty()) {
          throw new IllegalArgumentException("begins within " + open + ": " + line);
        }
        open = List.of(begin.group(1).split(", ", -1));
      } else if (END.matcher(line).matches()) {
        open = List.of();
      } else if (!line.isBlank() && !COMMENT.matcher(line).matches()) {
        open.forEach(task -> counts.merge(task, 1, Integer::sum));
      }
    }
    if (!open.isEmpty()) {
      throw new IllegalArgumentException("does not end: " + open);
    }
    return counts;
  }

  private static List<String> rows(Map<String, Integer> ours, Map<String, Integer> theirs) {
    List<String> rows = new ArrayList<>();
    ours.forEach((task, lines) -> rows.add(task + " " + lines + " " + theirs.get(task)));
    return rows;
  }

  @Test
  void tableSaysWhatIsCounted() throws IOException {
    Map<String, Integer> ours = count(Files.readAllLines(OURS));
    Map<String, Integer> theirs = count(Files.readAllLines(THEIRS));
    List<String> said = new ArrayList<>();
    for (String line : Files.readAllLines(TABLE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        said.add(row.group(1) + " " + row.group(2) + " " + row.group(3));
      }
    }
    assertThat(ours).hasSize(TASKS);
    assertThat(theirs.keySet()).containsExactlyInAnyOrderElementsOf(ours.keySet());
    assertThat(said).containsExactlyElementsOf(rows(ours, theirs));
  }

  @Test
  void testsThatAreNamedExist() throws IOException {
    Map<String, String> sources = new LinkedHashMap<>();
    try (Stream<Path> files = Files.walk(TESTS)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".java")) {
          sources.merge(name.replace(".java", ""), Files.readString(file), String::concat);
        }
      }
    }
    List<String> missing = new ArrayList<>();
    List<MatchResult> named = TEST.matcher(Files.readString(TABLE)).results().toList();
    for (MatchResult test : named) {
      if (!sources.getOrDefault(test.group(1), "").contains("void " + test.group(2) + "(")) {
        missing.add(test.group());
      }
    }
    assertThat(named).hasSizeGreaterThan(NAMED_MIN);
    assertThat(missing).isEmpty();
  }

  @Test
  void countsCodeAloneAndWhatIsSharedForEach() {
    List<String> lines =
        List.of(
            "class A {",
            "  // begin one",
            "  /** Says a. */",
            "  int a() {",
            "",
            "    // why",
            "    return 1;",
            "  }",
            "  // end",
            "  // begin one, two",
            "  int b;",
            "  // end",
            "}");
    assertThat(count(lines)).containsExactly(Map.entry("one", 4), Map.entry("two", 1));
  }

  @Test
  void refusesMarksThatDoNotPair() {
    assertThatThrownBy(() -> count(List.of("// begin a", "// begin b")))
        .hasMessageContaining("begins within [a]");
    assertThatThrownBy(() -> count(List.of("// begin a"))).hasMessageContaining("does not end");
  }
}
