package io.quorate.chaos.cluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** Processes as {@code /proc} shows them, and signals to them. */
final class Processes {
  private static final Duration SIGNAL_WITHIN = Duration.ofSeconds(10);

  private static final long POLL_NANOS = 10_000_000;

  /** Where, behind the name, the time stands at which a process began; in ticks of the kernel. */
  private static final int START_FIELD = 19;

  private Processes() {}

  static Path folder(long pid) {
    return Path.of("/proc", Long.toString(pid));
  }

  /**
   * What a file {@code stat} says behind the name of the process, which may hold anything: first of
   * all the letter of the state.
   */
  static List<String> fields(String stat) {
    return List.of(stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ", -1));
  }

  /** The letters of the states of all threads of a process; nothing if it is gone. */
  static List<String> states(long pid) throws IOException {
    List<String> states = new ArrayList<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(folder(pid).resolve("task"))) {
      for (Path task : tasks) {
        stat(task).ifPresent(fields -> states.add(fields.get(0)));
      }
    } catch (NoSuchFileException e) {
      // It is gone, and so are the threads.
      states.clear();
    }
    return states;
  }

  /** When a process began, in a unit of its own: tells it from a later one with its pid. */
  static Optional<String> began(long pid) throws IOException {
    return stat(folder(pid)).map(fields -> fields.get(START_FIELD));
  }

  private static Optional<List<String>> stat(Path folder) throws IOException {
    try {
      return Optional.of(fields(Files.readString(folder.resolve("stat"))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      // A thread that ends while it is read.
      if (Files.exists(folder)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** Whether nothing of a process runs any more; somebody may still have to be told of its end. */
  static boolean isGone(long pid) throws IOException {
    return Set.of("Z", "X").containsAll(states(pid));
  }

  /** Waits until a process that need not be a child is gone. */
  static void awaitGone(long pid, Duration within) throws IOException {
    long deadline = System.nanoTime() + within.toNanos();
    while (!isGone(pid)) {
      if (System.nanoTime() > deadline) {
        throw new IOException("process " + pid + " is not gone within " + within);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Sends a signal, named as {@code kill} does, to some processes at once. */
  static void signal(String name, List<Long> pids) throws IOException {
    if (!pids.isEmpty()) {
      List<String> line = new ArrayList<>(List.of("sh", "-c", "kill -s \"$@\"", "sh", name));
      pids.forEach(pid -> line.add(Long.toString(pid)));
      Command.run(SIGNAL_WITHIN, line);
    }
  }
}
