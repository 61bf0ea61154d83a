package io.quorate.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the JVM leaves when a process ends in native code: {@code hs_err_pid<pid>.log}, in the
 * working directory, or where temporary files go if it cannot write there.
 *
 * @param file where it lies
 */
record CrashReport(Path file) {
  private static final String THREAD = "---------------  T H R E A D";
  private static final String PROCESS = "---------------  P R O C E S S";

  /** Frames of the thread that crashed: compiled, interpreted, of the VM, native. */
  private static final Pattern FRAME = Pattern.compile("[JjAVvC] .*");

  /** A report is looked at to this line; what the thread was at stands far before. */
  private static final int LINES_MAX = 2_000;

  private static final Pattern PID = Pattern.compile("\\d{1,19}");

  /**
   * The report that process {@code pid} has left.
   *
   * @param workingDir where it ran
   * @param since when it began; what is older is of another process of that number
   */
  static Optional<CrashReport> of(String pid, String workingDir, Instant since) {
    if (!PID.matcher(pid).matches()) {
      return Optional.empty();
    }
    for (String dir : List.of(workingDir, System.getProperty("java.io.tmpdir"))) {
      try {
        Path file = Path.of(dir).resolve("hs_err_pid" + pid + ".log");
        if (Files.isRegularFile(file)
            && !Files.getLastModifiedTime(file).toInstant().isBefore(since)) {
          return Optional.of(new CrashReport(file));
        }
      } catch (IOException | InvalidPathException e) {
        // As if there were none: it is a hint, and no member stays down for the lack of one.
      }
    }
    return Optional.empty();
  }

  /** Whether the thread that crashed was in code that has {@code name} in its own. */
  boolean isWithin(String name) {
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      boolean isInThread = false;
      for (int i = 0; i < LINES_MAX; i++) {
        String line = lines.readLine();
        if (line == null || line.startsWith(PROCESS)) {
          return false;
        }
        isInThread |= line.startsWith(THREAD);
        if (isInThread && FRAME.matcher(line).matches() && line.contains(name)) {
          return true;
        }
      }
    } catch (IOException e) {
      // As above.
    }
    return false;
  }
}
