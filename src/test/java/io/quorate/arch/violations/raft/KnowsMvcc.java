package io.quorate.arch.violations.raft;

/** Breaks a rule, to prove that it can be broken. */
public final class KnowsMvcc {
  private KnowsMvcc() {}

  static int two() {
    return io.quorate.arch.violations.mvcc.Plain.one();
  }
}
