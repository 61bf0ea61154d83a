package io.quorate.node;

import io.quorate.lmdb.CorruptStoreException;
import io.quorate.lmdb.Inspection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Reads a store from end to end in a process of its own. LMDB believes what its pages say, and a
 * damaged one can take the process with it; this one may go.
 */
final class StoreTrial {
  /** Where the store is damaged. */
  private static final int DAMAGED = 1;

  /** Where nothing can be said of it. */
  private static final int UNKNOWN = 2;

  /**
   * How long it may read. A terabyte at 100 MiB a second takes less; what takes longer is led round
   * in a ring that no count has found.
   */
  private static final long HOURS_MAX = 3;

  private static final int TEXT_BYTES_MAX = 1_000;

  private static final String HEAP = "-Xmx128m";

  private StoreTrial() {}

  /**
   * Tries the store in {@code storeDir}, which is not open. Blocks, as long as the disk needs for
   * all of it.
   *
   * @return what is damaged, in one line; empty if nothing is
   * @throws IOException when that cannot be found out
   */
  static Optional<String> of(Path storeDir, long mapBytes) throws IOException {
    Process trial =
        new ProcessBuilder(commandLine(storeDir, mapBytes))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      trial.getOutputStream().close();
      if (!trial.waitFor(HOURS_MAX, TimeUnit.HOURS)) {
        return Optional.of("it cannot be read to its end in " + HOURS_MAX + " hours");
      }
      byte[] said = trial.getInputStream().readNBytes(TEXT_BYTES_MAX);
      String text = new String(said, StandardCharsets.UTF_8).strip();
      return switch (trial.exitValue()) {
        case 0 -> Optional.empty();
        case DAMAGED -> Optional.of(text);
        case UNKNOWN -> throw new IOException("the store cannot be tried: " + text);
        default ->
            Optional.of(
                "who reads it from end to end is ended by it, with status " + trial.exitValue());
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the store was tried");
    } finally {
      trial.destroyForcibly();
    }
  }

  private static List<String> commandLine(Path storeDir, long mapBytes) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of(HEAP, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    // It is known that it crashed; a report of that in the working directory would only puzzle.
    line.addAll(List.of("-XX:+SuppressFatalErrorMessage", "-XX:-CreateCoredumpOnCrash"));
    line.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    line.add("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    for (String name : System.getProperties().stringPropertyNames()) {
      // Where native code is unpacked.
      if (name.equals("java.io.tmpdir") || name.startsWith("lmdbjava.")) {
        line.add("-D" + name + "=" + System.getProperty(name));
      }
    }
    line.addAll(List.of("-cp", System.getProperty("java.class.path")));
    line.addAll(List.of(StoreTrial.class.getName(), storeDir.toString(), Long.toString(mapBytes)));
    return line;
  }

  /** The process: the directory of the store, and the address space to reserve. */
  public static void main(String[] args) {
    System.exit(run(Path.of(args[0]), Long.parseLong(args[1]), System.out));
  }

  private static int run(Path storeDir, long mapBytes, PrintStream out) {
    try {
      Inspection.run(storeDir, mapBytes);
      return 0;
    } catch (IOException e) {
      out.println(e);
      return UNKNOWN;
    } catch (RuntimeException e) {
      String damage = CorruptStoreException.reason(e);
      // Whatever else goes wrong within a row goes wrong because of it.
      out.println(damage == null ? e.toString() : damage);
      return DAMAGED;
    }
  }
}
