package io.quorate.chaos.cluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The wall clock of one member, which can be set wrong while it runs: libfaketime, loaded before
 * the C library, adds what a file says. The monotonic clock, by which time-outs are measured, is
 * right all the time. A step is seen within about {@link #SEEN_WITHIN}.
 */
public final class Clock {
  /** The largest step from the right time, either way. */
  public static final Duration STEP_MAX = Duration.ofDays(366);

  /** When a process looks at the file again; looking each time would slow it down a lot. */
  public static final Duration SEEN_WITHIN = Duration.ofSeconds(1);

  private static final String LIBRARY = "libfaketimeMT.so.1";
  private static final Path SHARED = Path.of("/dev/shm");
  private static final List<String> FOLDERS =
      List.of("/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64");

  private final Path file;

  Clock(Path file) {
    this.file = file;
  }

  /** Why the clock of a program cannot be set here, in one line; nothing if it can. */
  public static Optional<String> missing(Program program) {
    if (program.kind() == Program.Kind.ETCD) {
      return Optional.of(
          "etcd asks the kernel for the time, past any library that is loaded before");
    }
    return library().isPresent()
        ? Optional.empty()
        : Optional.of("steps of the clock need " + LIBRARY + " of libfaketime, not installed");
  }

  /** Where the library lies, if it does: in a folder of its own, or one of the architecture's. */
  static Optional<Path> library() {
    for (String folder : FOLDERS) {
      for (String pattern : List.of("faketime", "*-linux-gnu*")) {
        Optional<Path> found = library(Path.of(folder), pattern);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> library(Path folder, String pattern) {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (DirectoryStream<Path> inner = Files.newDirectoryStream(folder, pattern)) {
      for (Path each : inner) {
        for (Path place : List.of(each, each.resolve("faketime"))) {
          if (Files.exists(place.resolve(LIBRARY))) {
            return Optional.of(place.resolve(LIBRARY));
          }
        }
      }
    } catch (IOException unreadable) {
      // As if it were not there.
    }
    return Optional.empty();
  }

  /** What a process has to be started with; the clock is right at first unless it was set. */
  Map<String, String> environment(Path library) throws IOException {
    if (!Files.exists(file)) {
      step(Duration.ZERO);
    }
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "FAKETIME_TIMESTAMP_FILE", file.toAbsolutePath().toString(),
        "FAKETIME_CACHE_DURATION", Long.toString(SEEN_WITHIN.toSeconds()),
        "FAKETIME_DONT_FAKE_MONOTONIC", "1");
  }

  /** Removes what the library leaves of a process that is gone: a semaphore and shared memory. */
  static void forget(long pid) throws IOException {
    for (String name : List.of("faketime_shm_", "sem.faketime_sem_")) {
      Files.deleteIfExists(SHARED.resolve(name + pid));
    }
  }

  /**
   * Sets the clock.
   *
   * @param ahead by how much it is ahead of the right time from now on; behind it if negative
   */
  public void step(Duration ahead) throws IOException {
    if (ahead.abs().compareTo(STEP_MAX) > 0) {
      throw new IllegalArgumentException("a step of " + ahead + ", at most " + STEP_MAX);
    }
    Path next = file.resolveSibling("clock.tmp");
    Files.writeString(next, String.format(Locale.ROOT, "%+.3f%n", ahead.toMillis() / 1000.0));
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
