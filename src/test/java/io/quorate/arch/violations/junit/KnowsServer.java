package io.quorate.arch.violations.junit;

import io.quorate.arch.violations.server.Plain;

/** Breaks a rule, to prove that it can be broken. */
public final class KnowsServer {
  private KnowsServer() {}

  static int two() {
    return Plain.one();
  }
}
