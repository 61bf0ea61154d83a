package io.quorate.arch.violations.cellar;

/** Breaks a rule, to prove that it can be broken. */
public final class LiesInNoRoom {
  private LiesInNoRoom() {}

  static int two() {
    return 2;
  }
}
