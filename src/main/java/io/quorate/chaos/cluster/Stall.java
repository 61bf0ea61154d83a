package io.quorate.chaos.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that freezes a file system and thaws it: after a time that it measures itself, or when
 * its input ends, as it does when the harness is gone, however that came. It passes over the
 * signals of a terminal, so that nothing but SIGKILL, sent to it alone, leaves a disk frozen.
 */
final class Stall {
  private static final Duration THAW_WITHIN = Duration.ofSeconds(20);
  private static final Duration FREEZE_WITHIN = Duration.ofSeconds(60);

  /**
   * The folder, seconds of a stall, seconds in between, and how often. What is started here passes
   * over SIGTERM as well, so that only SIGKILL ends the wait for the end of the input.
   */
  private static final String SCRIPT =
      """
      trap '' INT TERM HUP
      left=$4
      while [ "$left" -gt 0 ]; do
        fsfreeze -f "$1" || exit 1
        echo frozen
        timeout -s KILL "$2" cat > /dev/null && left=1
        fsfreeze -u "$1" || exit 1
        left=$((left - 1))
        [ "$left" -eq 0 ] || ! timeout -s KILL "$3" cat > /dev/null || left=0
      done
      """;

  private final Process child;
  private final Path folder;
  private final AtomicInteger stalls = new AtomicInteger();
  private final CompletableFuture<Void> first = new CompletableFuture<>();
  private final Thread reader;

  Stall(Path folder, Duration stall, Duration gap, int times) throws IOException {
    this.folder = folder;
    this.child =
        new ProcessBuilder(
                List.of(
                    "sh",
                    "-c",
                    SCRIPT,
                    "sh",
                    folder.toString(),
                    seconds(stall),
                    seconds(gap),
                    Integer.toString(times)))
            .redirectErrorStream(true)
            .start();
    this.reader = new Thread(this::read, "chaos-stall");
    reader.setDaemon(true);
    reader.start();
  }

  private static String seconds(Duration duration) {
    // To timeout, nothing means for ever.
    return String.format(Locale.ROOT, "%.3f", Math.max(1, duration.toMillis()) / 1000.0);
  }

  private void read() {
    StringBuilder other = new StringBuilder();
    try (BufferedReader in = child.inputReader(StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.equals("frozen")) {
          stalls.incrementAndGet();
          first.complete(null);
        } else {
          other.append(' ').append(line);
        }
      }
    } catch (IOException e) {
      other.append(' ').append(e.getMessage());
    }
    first.completeExceptionally(new IOException(folder + " does not freeze:" + other));
  }

  /** Waits until the file system is frozen. */
  void awaitFirst() throws IOException {
    try {
      first.get(FREEZE_WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      end();
      throw new IOException(folder + " is not frozen within " + FREEZE_WITHIN, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Whether it is not over yet. */
  boolean isUnderWay() {
    return child.isAlive();
  }

  /** Thaws, if it has not yet; returns how often it was frozen. */
  int end() throws IOException {
    try {
      child.getOutputStream().close();
      if (!child.waitFor(THAW_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException(folder + " is not thawed within " + THAW_WITHIN);
      }
      reader.join();
      if (stalls.get() > 0 && child.exitValue() != 0) {
        throw new IOException(folder + " is not thawed: status " + child.exitValue());
      }
      return stalls.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
