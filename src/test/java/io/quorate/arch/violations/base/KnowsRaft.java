package io.quorate.arch.violations.base;

import io.quorate.arch.violations.raft.Plain;

/** Breaks a rule, to prove that it can be broken. */
public final class KnowsRaft {
  private KnowsRaft() {}

  static int two() {
    return Plain.one();
  }
}
