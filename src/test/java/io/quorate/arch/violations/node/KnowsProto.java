package io.quorate.arch.violations.node;

import io.quorate.arch.violations.proto.Plain;

/** Breaks a rule, to prove that it can be broken. */
public final class KnowsProto {
  private KnowsProto() {}

  static int two() {
    return Plain.one();
  }
}
