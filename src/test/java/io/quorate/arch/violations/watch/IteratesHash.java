package io.quorate.arch.violations.watch;

import java.util.HashMap;

/** Breaks a rule, to prove that it can be broken. */
public final class IteratesHash {
  private IteratesHash() {}

  static Object first(HashMap<String, String> map) {
    return map.entrySet().iterator().next();
  }
}
