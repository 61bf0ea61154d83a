package io.quorate.arch.violations.watch;

import java.util.Set;

/** Breaks a rule, to prove that it can be broken. */
public final class UsesSetOf {
  private UsesSetOf() {}

  static Set<String> set() {
    return Set.of("a", "b");
  }
}
