package io.quorate.arch.violations.mvcc;

/** Breaks a rule, to prove that it can be broken. */
public final class ReadsClock {
  private ReadsClock() {}

  static long now() {
    return System.nanoTime();
  }
}
