package io.quorate.arch.violations.raft;

/** Breaks no rule; others reach for it. */
public final class Plain {
  private Plain() {}

  public static int one() {
    return 1;
  }
}
