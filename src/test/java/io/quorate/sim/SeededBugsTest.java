package io.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Puts each mistake of {@code src/test/seeded} into a copy of its class: the simulator must find it
 * within the seeds that the file names. {@code -Dseeded=text} takes only those whose name has the
 * text.
 */
class SeededBugsTest {
  private static final Path BUGS = Path.of("src/test/seeded");
  private static final Path SOURCES = Path.of("src/main/java");
  private static final String SUFFIX = ".bug";

  @TempDir Path classes;

  static List<String> bugs() throws IOException {
    String only = System.getProperty("seeded", "");
    try (Stream<Path> files = Files.list(BUGS)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX) && name.contains(only))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void theSimulatorFinds(String name) throws Exception {
    Bug bug = Bug.read(BUGS.resolve(name));
    compile(bug);
    long begin = System.nanoTime();
    String found = run(bug);
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %d | %s | %.1f |%n",
        name.substring(0, name.length() - SUFFIX.length()),
        bug.facts.get("what"),
        bug.members(),
        found,
        (System.nanoTime() - begin) / 1e9);
    assertThat(found).as("what seeds %s find of: %s", bug.facts.get("seeds"), name).isNotEmpty();
  }

  private void compile(Bug bug) throws IOException {
    Path source = classes.resolve("source").resolve(bug.file());
    Files.createDirectories(source.getParent());
    Files.writeString(source, bug.applied(Files.readString(SOURCES.resolve(bug.file()))));
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-nowarn",
                "-proc:none",
                "-d",
                classes.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
    assertThat(result).as("javac").isZero();
  }

  private String run(Bug bug) throws Exception {
    List<URL> urls = new ArrayList<>();
    urls.add(classes.toUri().toURL());
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    // With the platform as parent every class of ours comes from here, the copy first.
    try (URLClassLoader loader =
        new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      @SuppressWarnings("unchecked")
      Function<long[], String> search =
          (Function<long[], String>)
              loader.loadClass(SeededRun.class.getName()).getConstructor().newInstance();
      return search.apply(new long[] {bug.members(), bug.seed(0), bug.seed(1)});
    }
  }

  /** One file: facts, then the lines that go and the lines that come. */
  private record Bug(Map<String, String> facts, String goes, String comes) {
    static Bug read(Path file) throws IOException {
      Map<String, String> facts = new TreeMap<>();
      StringBuilder goes = new StringBuilder();
      StringBuilder comes = new StringBuilder();
      for (String line : Files.readAllLines(file)) {
        @Nullable StringBuilder part =
            line.startsWith("-") ? goes : line.startsWith("+") ? comes : null;
        if (part != null) {
          part.append(line.substring(1)).append('\n');
        } else {
          facts.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
        }
      }
      return new Bug(facts, goes.toString(), comes.toString());
    }

    String file() {
      return fact("file");
    }

    int members() {
      return Integer.parseInt(fact("members"));
    }

    long seed(int end) {
      return Long.parseLong(fact("seeds").split("-")[end]);
    }

    private String fact(String name) {
      String fact = facts.get(name);
      assertThat(fact).as(name).isNotNull();
      return fact;
    }

    String applied(String source) {
      assertThat(source.split(Pattern.quote(goes), -1))
          .as("places of the lines that go in %s", file())
          .hasSize(2);
      return source.replace(goes, comes);
    }
  }
}
