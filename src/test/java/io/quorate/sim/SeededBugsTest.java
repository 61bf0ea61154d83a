package io.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.seeded.SeededBug;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Puts each mistake of {@code src/test/seeded} into a copy of its class: the simulator must find it
 * within the seeds that the file names. {@code -Dseeded} takes some, as {@link SeededBug} says.
 */
class SeededBugsTest {
  @TempDir Path folder;

  static List<SeededBug> bugs() throws IOException {
    return SeededBug.foundBy(SeededBug.Ring.SIMULATOR);
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void theSimulatorFinds(SeededBug bug) throws Exception {
    Path classes = bug.compile(folder);
    long begin = System.nanoTime();
    String found = run(bug, classes);
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %d | %s | %.1f |%n",
        bug,
        bug.what(),
        bug.members(),
        found,
        (System.nanoTime() - begin) / 1e9);
    assertThat(found)
        .as("what seeds %d to %d find of: %s", bug.firstSeed(), bug.lastSeed(), bug)
        .isNotEmpty();
  }

  private static String run(SeededBug bug, Path classes) throws Exception {
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
      return search.apply(new long[] {bug.members(), bug.firstSeed(), bug.lastSeed()});
    }
  }
}
