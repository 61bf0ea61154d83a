package io.quorate.seeded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which unit test finds which mistake of {@code src/test/seeded}, and how fast: those of the room
 * of the changed class come first, then those of the rooms that know it closely, in a JVM of their
 * own with the changed class before all others. Prints a line for each; only what no other ring
 * finds has to be found.
 *
 * <p>Run by name, not with each build. {@code -Dseeded} takes some, as {@link SeededBug} says;
 * {@code -Dseeded.seconds} says how long the tests have to find one.
 */
class SeededScriptsCheck {
  /** How long the tests have to find one mistake; then they are ended. */
  private static final int SECONDS_MAX = 150;

  /** How long all rooms may take where nothing is wrong. */
  private static final int ALL_SECONDS_MAX = 900;

  /** Whose tests are run for a room, in this order. */
  private static final Map<String, List<String>> CLOSE =
      Map.of(
          "raft", List.of("raft", "journal", "node"),
          "journal", List.of("journal", "node"),
          "mvcc", List.of("mvcc", "apply", "watch", "lmdb", "node"),
          "apply", List.of("apply", "lmdb", "node"),
          "watch", List.of("watch", "node", "server.grpc"),
          "lease", List.of("lease", "apply", "node"),
          "lmdb", List.of("lmdb", "node"),
          "node", List.of("node"),
          "server.grpc", List.of("server.grpc"));

  @TempDir Path folder;

  static List<SeededBug> bugs() throws IOException {
    return SeededBug.all();
  }

  /** What the tests did: how their process ended, the first that failed, and when. */
  private record Outcome(boolean isFound, boolean isEnded, String first, double seconds) {}

  @ParameterizedTest
  @MethodSource("bugs")
  void theScriptsFind(SeededBug bug) throws Exception {
    List<String> rooms = CLOSE.get(bug.room());
    assertThat(rooms).as("rooms close to %s", bug.room()).isNotNull();
    String classPath = bug.compile(folder) + File.pathSeparator + classPath();
    Outcome outcome = run(classPath, rooms, Integer.getInteger("seeded.seconds", SECONDS_MAX));
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.1f |%n",
        bug,
        outcome.isFound() ? outcome.first() : outcome.isEnded() ? "- (not at its end)" : "-",
        outcome.seconds());
    System.out.flush();
    if (bug.isFor(SeededBug.Ring.SCRIPTS)) {
      assertThat(outcome.isFound()).as("what the tests find of: %s", bug).isTrue();
    }
  }

  @Test
  void nothingFailsWithoutAMistake() throws Exception {
    List<String> rooms = CLOSE.keySet().stream().sorted().toList();
    Outcome outcome = run(classPath(), rooms, ALL_SECONDS_MAX);
    assertThat(outcome.first()).isEmpty();
    assertThat(outcome.isEnded()).as("ended after %s s", ALL_SECONDS_MAX).isFalse();
    System.out.printf(Locale.ROOT, "| no mistake | - | %.1f |%n", outcome.seconds());
  }

  private static String classPath() {
    return System.getProperty("java.class.path");
  }

  private Outcome run(String classPath, List<String> rooms, int secondsMax) throws Exception {
    Path first = folder.resolve("first.txt");
    Path own = Files.createDirectories(folder.resolve("tmp"));
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // What surefire was told to give this JVM.
    line.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    line.addAll(List.of("-ea", "-Djava.io.tmpdir=" + own, "-cp", classPath));
    line.addAll(List.of(ScriptsRun.class.getName(), first.toString()));
    line.addAll(rooms);
    Path log = folder.resolve("tests.log");
    long begin = System.nanoTime();
    Process child =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    boolean isOver;
    try {
      child.getOutputStream().close();
      isOver = child.waitFor(secondsMax, TimeUnit.SECONDS);
    } finally {
      child.destroyForcibly().waitFor();
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    int status = child.exitValue();
    assertThat(!isOver || status == ScriptsRun.NONE_FAILED || status == ScriptsRun.FAILED)
        .as("status %s of the tests, which said: %s", status, end(log))
        .isTrue();
    boolean isFound = isOver && status == ScriptsRun.FAILED;
    return new Outcome(isFound, !isOver, isFound ? Files.readString(first) : "", seconds);
  }

  private static String end(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }
}
