package io.quorate.arch.violations.raft;

import java.util.Random;

/** Breaks a rule, to prove that it can be broken. */
public final class HasLuck {
  private HasLuck() {}

  static int luck() {
    return new Random().nextInt();
  }
}
