package io.quorate.arch.violations.node;

import org.lmdbjava.Env;

/** Breaks a rule, to prove that it can be broken. */
public final class OpensTable {
  private OpensTable() {}

  static Object table() {
    return Env.create();
  }
}
