package io.quorate.compat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The servers that the tests start, as command lines that take etcd's flags.
 *
 * <p>Each setting is read as a system property and then as an environment variable:
 *
 * <ul>
 *   <li>{@code quorate.server}, {@code QUORATE_SERVER}: the server under test, split at blanks;
 *       {@code bin/quorate serve} unless given
 *   <li>{@code quorate.peers}, {@code QUORATE_PEERS}: the folder with the reference's programs
 *       ({@code etcd}, {@code etcdctl}, {@code etcdutl}); without it, what needs them is left out
 * </ul>
 */
final class Servers {
  private Servers() {}

  /** The command line of the server under test. */
  static List<String> underTest() {
    String given = setting("quorate.server", "QUORATE_SERVER");
    if (given != null) {
      return List.of(given.trim().split("\\s+"));
    }
    return List.of(new File("bin/quorate").getAbsolutePath(), "serve");
  }

  /** The command line of the reference, when its programs are there. */
  static Optional<List<String>> reference() {
    return peer("etcd").map(path -> List.of(path.toString(), "--log-level", "info"));
  }

  /** One of the reference's programs, when it is there. */
  static Optional<Path> peer(String program) {
    String folder = setting("quorate.peers", "QUORATE_PEERS");
    if (folder == null) {
      return Optional.empty();
    }
    Path path = Path.of(folder, program).toAbsolutePath();
    if (!Files.isExecutable(path)) {
      throw new IllegalStateException(
          "QUORATE_PEERS names a folder without " + program + ": " + path);
    }
    return Optional.of(path);
  }

  /** A program on PATH, when it is there. */
  static Optional<Path> onPath(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path path = Path.of(folder, program);
      if (!folder.isEmpty() && Files.isExecutable(path)) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  /** Prints the one line that says what a run left out. */
  static void leftOut(String what, String why) {
    System.out.println("left out: " + what + ": " + why);
  }

  /** A number given by a system property, or a default. */
  static int number(String property, int otherwise) {
    return Integer.parseInt(System.getProperty(property, Integer.toString(otherwise)));
  }

  static @Nullable String setting(String property, String variable) {
    String value = System.getProperty(property, System.getenv(variable));
    return value == null || value.isBlank() ? null : value;
  }
}
