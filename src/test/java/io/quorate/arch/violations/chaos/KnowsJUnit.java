package io.quorate.arch.violations.chaos;

import org.junit.jupiter.api.extension.Extension;

/** Breaks a rule, to prove that it can be broken. */
public final class KnowsJUnit implements Extension {
  private KnowsJUnit() {}
}
