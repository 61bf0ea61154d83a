package io.quorate.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A note beside a store that its last process has ended within it. At the next start the store is
 * tried in a process of its own before it is used, see {@link StoreTrial}; then the note is taken
 * away. People may leave one, too: its text is the reason.
 */
public final class Suspicion {
  private static final String NAME = "suspect";
  private static final int CHARS_MAX = 1_000;

  private Suspicion() {}

  /** Leaves the note {@code reason} in {@code storeDir}, durably, if there is a store. */
  public static void raise(Path storeDir, String reason) throws IOException {
    if (Files.isDirectory(storeDir)) {
      DurableFile.replace(storeDir.resolve(NAME), reason.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** What the note in {@code storeDir} says, in one line; empty without one. */
  static Optional<String> read(Path storeDir) throws IOException {
    Path file = storeDir.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    String line = text.strip().replaceAll("\\s+", " ");
    return Optional.of(line.length() > CHARS_MAX ? line.substring(0, CHARS_MAX) : line);
  }

  /** Takes the note away, durably. */
  static void clear(Path storeDir) throws IOException {
    DurableFile.remove(storeDir.resolve(NAME));
  }
}
