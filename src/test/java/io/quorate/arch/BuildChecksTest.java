package io.quorate.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each check of the build refuses something: the very pom.xml, over a tree that holds one mistake
 * of each kind. Formatter, Error Prone, NullAway and the compiler's own warnings.
 */
class BuildChecksTest {
  private static final long MAVEN_SECONDS_MAX = 300;
  private static final String COMPILE = "compiler:compile@default-compile";

  @TempDir Path tree;

  private String build(String goal, String body) throws Exception {
    assumeTrue(hasMaven(), "left out: the checks of the build, since mvn is not on PATH");
    Files.copy(Path.of("pom.xml"), tree.resolve("pom.xml"));
    Path sources = Files.createDirectories(tree.resolve("src/main/java/a"));
    Files.writeString(
        sources.resolve("package-info.java"),
        "/** A. */\n@NullMarked\npackage a;\n\nimport org.jspecify.annotations.NullMarked;\n");
    Files.writeString(
        sources.resolve("A.java"),
        "package a;\n\nfinal class A {\n  private A() {}\n\n" + body + "}\n");
    Path log = tree.resolve("log");
    Process process =
        new ProcessBuilder(List.of("mvn", "-B", "-ntp", goal))
            .directory(tree.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(new File("/dev/null"))
            .start();
    try {
      assertThat(process.waitFor(MAVEN_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return process.exitValue() + "\n" + Files.readString(log);
  }

  private static boolean hasMaven() throws IOException {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      if (Files.isExecutable(Path.of(folder, "mvn"))) {
        return true;
      }
    }
    return false;
  }

  @Test
  void nullsAndBugPatternsAreRefused() throws Exception {
    String log =
        build(
            COMPILE,
            "  static Object none() {\n    return null;\n  }\n\n"
                + "  static String text(int[] a) {\n    return a.toString();\n  }\n");
    assertThat(log)
        .startsWith("1\n")
        .contains("[NullAway] returning @Nullable expression")
        .contains("[ArrayToString]");
  }

  @Test
  void warningsAreRefused() throws Exception {
    String log =
        build(COMPILE, "  static java.util.List raw(java.util.List a) {\n    return a;\n  }\n");
    assertThat(log)
        .startsWith("1\n")
        .contains("[rawtypes]")
        .contains("warnings found and -Werror specified");
  }

  @Test
  void otherFormatsAreRefused() throws Exception {
    String log = build("spotless:check@format", "  static int one() { return 1 ; }\n");
    assertThat(log).startsWith("1\n").contains("had format violations");
  }
}
