package io.quorate.chaos.cluster;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a program of this machine to its end. */
final class Command {
  private static final int OUTPUT_BYTES_MAX = 64 * 1024;

  /** Where programs for root lie, in case PATH does not say. */
  private static final String MORE_FOLDERS = ":/usr/sbin:/sbin:/usr/bin:/bin";

  private Command() {}

  /** Where a program lies, if it does. */
  static Optional<Path> find(String program) {
    String path = System.getenv().getOrDefault("PATH", "") + MORE_FOLDERS;
    for (String folder : path.split(File.pathSeparator, -1)) {
      Path file = Path.of(folder, program);
      if (!folder.isEmpty() && Files.isExecutable(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /**
   * What it says on both outputs, of which it must not say more than {@value #OUTPUT_BYTES_MAX}
   * bytes.
   *
   * @throws IOException with what it said, if it ends with another status than 0 or not in time,
   *     after which it is killed
   */
  static String run(Duration within, List<String> line) throws IOException {
    Process child = new ProcessBuilder(line).redirectErrorStream(true).start();
    try {
      child.getOutputStream().close();
      CompletableFuture<String> output =
          CompletableFuture.supplyAsync(() -> read(child.getInputStream()));
      if (!child.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException(String.join(" ", line) + ": not done within " + within);
      }
      String said = output.join();
      if (child.exitValue() != 0) {
        throw new IOException(
            String.join(" ", line) + ": status " + child.exitValue() + ": " + said.strip());
      }
      return said;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      child.destroyForcibly();
    }
  }

  private static String read(InputStream in) {
    try {
      return new String(in.readNBytes(OUTPUT_BYTES_MAX), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
