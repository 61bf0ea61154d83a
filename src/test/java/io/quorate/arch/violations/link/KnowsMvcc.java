package io.quorate.arch.violations.link;

import io.quorate.arch.violations.mvcc.Plain;

/** Breaks a rule, to prove that it can be broken. */
public final class KnowsMvcc {
  private KnowsMvcc() {}

  static int two() {
    return Plain.one();
  }
}
