package io.quorate.arch.violations.mvcc;

/** Breaks a rule, to prove that it can be broken. */
public final class StartsThread {
  private StartsThread() {}

  static Thread thread() {
    return new Thread(() -> {});
  }
}
