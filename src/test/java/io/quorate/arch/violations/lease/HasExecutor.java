package io.quorate.arch.violations.lease;

import java.util.concurrent.ForkJoinPool;

/** Breaks a rule, to prove that it can be broken. */
public final class HasExecutor {
  private HasExecutor() {}

  static Object pool() {
    return ForkJoinPool.commonPool();
  }
}
