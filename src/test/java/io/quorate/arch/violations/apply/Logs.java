package io.quorate.arch.violations.apply;

import org.slf4j.LoggerFactory;

/** Breaks a rule, to prove that it can be broken. */
public final class Logs {
  private Logs() {}

  static Object logger() {
    return LoggerFactory.getLogger(Logs.class);
  }
}
