package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.Main;
import io.quorate.chaos.check.Checks;
import io.quorate.chaos.check.Finding;
import io.quorate.chaos.check.Verdict;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.HistoryFile;
import io.quorate.seeded.SeededBug;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which mistake of {@code src/test/seeded} the chaos harness finds, and how fast: real members with
 * the mistake in them, by the harness's own command line, seed after seed until a promise is
 * broken. Prints a line for each, as it goes; only what a file says that the harness must find has
 * to be found.
 *
 * <p>Run by name, not with each build. {@code -Dseeded} takes some, as {@link SeededBug} says;
 * {@code -Dseeded.runs} says how many seeds are tried for each, {@code -Dseeded.seconds} for how
 * long faults are done in each. The server under test is to be built of the same sources.
 */
class SeededChaosCheck {
  private static final int RUNS = 2;
  private static final int SECONDS = 40;

  /** What breaks a consensus; what else a mistake needs, its file says. */
  private static final String FAULTS = "kill-leader,pause-leader,two-way,power-cut";

  private static final int PROMISES_SHOWN_MAX = 2;
  private static final int WHY_MAX = 120;

  @TempDir Path folder;

  static List<SeededBug> bugs() throws IOException {
    return SeededBug.all();
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void theHarnessFinds(SeededBug bug) throws Exception {
    Path dist = dist(bug);
    List<String> ends = new ArrayList<>();
    String found = "";
    long begin = System.nanoTime();
    double seconds = 0;
    int runs = Servers.number("seeded.runs", RUNS);
    for (int seed = 1; seed <= runs && found.isEmpty(); seed++) {
      Path out = folder.resolve("run-" + seed);
      int status = Main.execute(arguments(bug, dist, seed, out).toArray(String[]::new));
      seconds = (System.nanoTime() - begin) / 1e9;
      History history = HistoryFile.read(out.resolve("history.jsonl"));
      if (status == Main.BROKEN) {
        found = seed + " | " + promises(history, Verdict.BROKEN);
      }
      ends.add(status == Main.INCONCLUSIVE ? status + " (" + why(history) + ")" : "" + status);
    }
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.0f |%n",
        bug,
        found.isEmpty() ? "- | " + String.join("; ", ends) : found,
        seconds);
    System.out.flush();
    if (bug.isFor(SeededBug.Ring.HARNESS)) {
      assertThat(found).as("what %d runs find of: %s", runs, bug).isNotEmpty();
    }
  }

  private static List<String> arguments(SeededBug bug, Path dist, int seed, Path out) {
    List<String> program = new ArrayList<>();
    // The launcher starts what lies there, with the flags of any other member.
    program.addAll(List.of("env", "QUORATE_DIST=" + dist, "QUORATE_NO_BUILD=1"));
    program.addAll(Servers.underTest());
    Map<String, String> flags = new LinkedHashMap<>();
    flags.put("--program", String.join(" ", program));
    flags.put("--members", Integer.toString(bug.members()));
    flags.put("--time", Servers.number("seeded.seconds", SECONDS) + "s");
    flags.put("--seed", Integer.toString(seed));
    flags.put("--faults", FAULTS);
    flags.put("--out", out.toString());
    for (String flag : bug.chaosFlags()) {
      String[] parts = flag.split("=", 2);
      flags.put(parts[0], parts[1]);
    }
    List<String> arguments = new ArrayList<>(List.of("run"));
    flags.forEach((flag, value) -> arguments.add(flag + "=" + value));
    return arguments;
  }

  /** A dist whose jar has the class with the mistake, and names the jar of all the others. */
  private Path dist(SeededBug bug) throws IOException {
    Path classes = bug.compile(folder);
    Path launcher = Path.of(Servers.underTest().get(0)).toRealPath();
    Path real = launcher.getParent().resolveSibling("target/dist/quorate.jar");
    assertThat(real).as("the jar of %s", launcher).isRegularFile();
    Path dist = Files.createDirectories(folder.resolve("dist"));
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.put(Attributes.Name.CLASS_PATH, real.toUri().toString());
    try (JarOutputStream jar =
            new JarOutputStream(Files.newOutputStream(dist.resolve("quorate.jar")), manifest);
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        jar.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        Files.copy(file, jar);
        jar.closeEntry();
      }
    }
    return dist;
  }

  /** The promises of which it was found that they are broken, or that nothing can be said. */
  private static String promises(History history, Verdict verdict) {
    List<String> promises =
        Checks.all(history).stream()
            .filter(finding -> finding.verdict() == verdict)
            .map(Finding::promise)
            .toList();
    int shown = Math.min(promises.size(), PROMISES_SHOWN_MAX);
    String more = promises.size() > shown ? "; " + (promises.size() - shown) + " more" : "";
    return String.join("; ", promises.subList(0, shown)) + more;
  }

  /** Why a run was of no use. */
  private static String why(History history) {
    return history.of(Fact.End.class).stream()
        .filter(end -> !end.isComplete())
        .map(end -> line(end.why()))
        .findFirst()
        .orElseGet(() -> "not known: " + promises(history, Verdict.INCONCLUSIVE));
  }

  private static String line(String text) {
    String first = text.strip().lines().findFirst().orElse("").replace('|', ' ');
    return first.substring(0, Math.min(first.length(), WHY_MAX));
  }
}
