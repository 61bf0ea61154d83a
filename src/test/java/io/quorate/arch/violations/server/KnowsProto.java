package io.quorate.arch.violations.server;

/** Breaks a rule, to prove that it can be broken. */
public final class KnowsProto {
  private KnowsProto() {}

  static int two() {
    return io.quorate.arch.violations.proto.Plain.one();
  }
}
