package io.quorate.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TidyTest {
  private static final String MAIN = "src/main/java/io/quorate/server/A.java";
  private static final String PURE = "src/main/java/io/quorate/watch/A.java";

  /** Where our own text lies; what is built or fetched is nobody's to tidy. */
  private static final List<String> PLACES =
      List.of(
          "src",
          "docs",
          "conf",
          "bin",
          "k8s",
          "Dockerfile",
          "README.md",
          "CHANGELOG.md",
          "pom.xml");

  /** Places where all is text, whatever it is called. */
  private static final List<String> TEXTS = List.of("bin/", "k8s/", "Dockerfile");

  private static final Set<String> ENDINGS =
      Set.of(".java", ".proto", ".md", ".xml", ".conf", ".sh", ".txt", ".yaml", ".yml");

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String place : PLACES) {
      if (Files.exists(Path.of(place))) {
        try (Stream<Path> walk = Files.walk(Path.of(place))) {
          walk.filter(Files::isRegularFile).filter(TidyTest::isOurText).forEach(files::add);
        }
      }
    }
    return files;
  }

  private static boolean isOurText(Path path) {
    String text = path.toString();
    return TEXTS.stream().anyMatch(text::startsWith) || ENDINGS.stream().anyMatch(text::endsWith);
  }

  @Test
  void everyFileIsTidy() throws IOException {
    Map<String, String> texts = new TreeMap<>();
    for (Path file : files()) {
      texts.put(file.toString(), Files.readString(file));
    }
    assertThat(texts.size()).isGreaterThan(50);
    assertThat(Tidy.problems(texts)).isEmpty();
  }

  @Test
  void everyPackageIsNullMarked() throws IOException {
    Set<Path> packages = new TreeSet<>();
    Set<Path> marked = new TreeSet<>();
    for (Path file : files()) {
      if (file.startsWith("src/main/java") && file.toString().endsWith(".java")) {
        packages.add(file.getParent());
        if (file.endsWith("package-info.java")) {
          marked.add(file.getParent());
        }
      }
    }
    assertThat(marked).isEqualTo(packages);
  }

  private static String type(String body) {
    return "package a;\n\n/** A. */\npublic final class A {\n" + body + "}\n";
  }

  private static String repeated(String line, int count) {
    return IntStream.range(0, count).mapToObj(i -> line).collect(Collectors.joining());
  }

  private static String parameters(int count) {
    return IntStream.range(0, count).mapToObj(i -> "int p" + i).collect(Collectors.joining(", "));
  }

  @Test
  void tidyFileHasNoProblems() {
    assertThat(Tidy.problems(MAIN, type("  A(" + parameters(7) + ") {}\n"))).isEmpty();
  }

  @Test
  void findsLongLines() {
    String line = "  // " + "x".repeat(96) + "\n";
    assertThat(Tidy.problems(MAIN, type(line)))
        .containsExactly(MAIN + ":5: 101 columns, break after 100");
  }

  @Test
  void findsLongFiles() {
    assertThat(Tidy.problems(MAIN, type(repeated("  // x\n", 500))))
        .containsExactly(MAIN + ":505: more than 500 lines, split the file");
  }

  @Test
  void findsLongMethods() {
    String method = "  void m() {\n" + repeated("    m();\n", 69) + "  }\n";
    assertThat(Tidy.problems(MAIN, type(method)))
        .containsExactly(MAIN + ":5: method of 71 lines, split it below 71");
  }

  @Test
  void findsConstructorsAndRecordsWithManyParameters() {
    String body = "  A(" + parameters(8) + ") {}\n\n  record R(" + parameters(8) + ") {}\n";
    assertThat(Tidy.problems(MAIN, type(body)))
        .containsExactlyInAnyOrder(
            MAIN + ":5: constructor with 8 parameters, group them until there are 7",
            MAIN + ":7: constructor with 8 parameters, group them until there are 7");
  }

  @Test
  void findsUnfinishedWorkAndMachinePaths() {
    String body = "  // TO" + "DO later\n  String p = \"/wo" + "rk/x\";\n";
    assertThat(Tidy.problems(MAIN, type(body)))
        .containsExactly(
            MAIN + ":5: unfinished work, finish it or leave it out",
            MAIN + ":6: path of one machine, use a relative one");
  }

  @Test
  void findsWhatTestsAndServersMustNotDo() {
    String body =
        "  @Dis"
            + "abled void a() { Thread.sl"
            + "eep(1); }\n  void b(Exception e) { e.printStack"
            + "Trace(); }\n  void c() { throw new Unsupported"
            + "OperationException(); }\n  void d() { System.out.pri"
            + "ntln(); }\n";
    assertThat(Tidy.problems(MAIN, type(body)))
        .containsExactlyInAnyOrder(
            MAIN + ":5: disabled test, repair or remove it",
            MAIN + ":5: sleep, wait for a condition instead",
            MAIN + ":6: stack trace on standard error, log it instead",
            MAIN + ":7: stub, write the method or leave it out",
            MAIN + ":8: print, log it instead");
  }

  @Test
  void findsHashesBehindInterfacesInPureRoomsAlone() {
    String hidden = type("  Map<String, String> m = new HashMap<>();\n");
    assertThat(Tidy.problems(PURE, hidden))
        .containsExactly(
            PURE
                + ":5: HashMap behind an interface, declare it as what it is so that nobody"
                + " iterates it");
    assertThat(Tidy.problems(MAIN, hidden)).isEmpty();
    assertThat(Tidy.problems(PURE, type("  HashMap<String, String> m = new HashMap<>();\n")))
        .isEmpty();
  }

  @Test
  void findsPublicTypesWithoutJavadoc() {
    assertThat(Tidy.problems(MAIN, "package a;\n\npublic interface A {}\n"))
        .containsExactly(MAIN + ":3: public type without Javadoc, say what it is");
  }

  @Test
  void findsPackagesThatAreNotNullMarked() {
    String path = "src/main/java/io/quorate/server/package-info.java";
    assertThat(Tidy.problems(path, "/** A. */\npackage a;\n"))
        .containsExactly(path + ":1: package without @NullMarked, add it");
  }

  @Test
  void findsStrayCharacters() {
    assertThat(Tidy.problems("docs/A.md", "# A\n\ttab\nblank \nend"))
        .containsExactly(
            "docs/A.md:2: control character, write it as an escape",
            "docs/A.md:3: trailing blank, remove it",
            "docs/A.md:4: no line feed at the end, add it");
  }

  @Test
  void countsHeadingsOutsideOfCode() {
    assertThat(Tidy.problems("docs/A.md", "# A\n```\n# no heading\n```\n")).isEmpty();
    assertThat(Tidy.problems("docs/A.md", "# A\n\n# B\n"))
        .containsExactly("docs/A.md:1: 2 headings of the first level, have one");
  }
}
