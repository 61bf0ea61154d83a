package io.quorate.compat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Runs a program to its end, with a bound on its time. */
final class Program {
  /** How it ended, and all that it printed. */
  record Result(int exit, String output) {}

  private Program() {}

  /**
   * Runs it in a folder, with this input, and waits; a program that does not end is killed.
   *
   * @param output a file that is written and read back, so that no pipe can fill up
   */
  static Result run(List<String> command, Path folder, Path output, String input, Duration within)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    }
    boolean ended = process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
    if (!ended) {
      throw new IOException(String.join(" ", command) + " ran beyond " + within + "\n" + text);
    }
    return new Result(process.exitValue(), text);
  }

  /** Runs one that does not end by itself until it has printed so many lines, and kills it. */
  static Result lines(List<String> command, Path folder, Path output, int lines, Duration within)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      Awaitility.await(String.join(" ", command))
          .atMost(within)
          .until(() -> Files.readAllLines(output, StandardCharsets.UTF_8).size() >= lines);
    } finally {
      process.destroyForcibly().waitFor();
    }
    List<String> all = Files.readAllLines(output, StandardCharsets.UTF_8);
    return new Result(0, String.join("\n", all.subList(0, lines)));
  }
}
