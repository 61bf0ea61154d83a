package io.quorate.chaos.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The command that starts a member.
 *
 * @param command the program and its first arguments
 * @param kind which of the two it is
 * @param version what it calls its version
 */
public record Program(List<String> command, Kind kind, String version) {
  private static final Duration VERSION_WITHIN = Duration.ofSeconds(60);
  private static final String OURS = "Quorate Version:";
  private static final String THEIRS = "etcd Version:";

  /** Which program. */
  public enum Kind {
    /** Quorate, which has flags of its own and its own layout on disk. */
    QUORATE,
    /** The etcd that Quorate takes the place of. */
    ETCD
  }

  /** Copies the list. */
  public Program {
    command = List.copyOf(command);
  }

  /**
   * Asks a program which it is, with {@code --version}.
   *
   * @throws IOException if it cannot be run, or says that it is neither
   */
  public static Program of(List<String> command) throws IOException {
    List<String> line = new ArrayList<>(command);
    line.add("--version");
    return parse(command, Command.run(VERSION_WITHIN, line));
  }

  /** The program that says {@code said} of its version. */
  static Program parse(List<String> command, String said) throws IOException {
    // Quorate says which etcd it stands for as well.
    for (Kind kind : Kind.values()) {
      String label = kind == Kind.QUORATE ? OURS : THEIRS;
      for (String line : said.lines().toList()) {
        if (line.startsWith(label)) {
          return new Program(command, kind, line.substring(label.length()).strip());
        }
      }
    }
    throw new IOException(
        String.join(" ", command)
            + " is neither Quorate nor etcd, --version says: "
            + said.strip());
  }

  /** What it is, for people. */
  public String title() {
    return (kind == Kind.QUORATE ? "Quorate " : "etcd ") + version;
  }
}
