package io.quorate.arch.violations.auth;

import java.nio.file.Path;

/** Breaks a rule, to prove that it can be broken. */
public final class WritesFiles {
  private WritesFiles() {}

  static Path path() {
    return Path.of("x");
  }
}
