package io.quorate.chaos.nemesis;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** How one kind of fault is done. */
interface Fault {
  /**
   * A fault that works now.
   *
   * @param targets the members that it is meant for
   */
  record Working(List<String> targets, End end) {
    public Working {
      targets = List.copyOf(targets);
    }
  }

  /** Takes a fault back, and says what was seen of it. */
  interface End {
    /** Done once, after the fault has worked for its time. */
    Evidence take() throws IOException, InterruptedException;
  }

  /**
   * What was seen of a fault.
   *
   * @param isProven whether it took effect
   * @param what was seen, in a few words
   */
  record Evidence(boolean isProven, String what) {
    static Evidence of(boolean isProven, String what) {
      return new Evidence(isProven, what);
    }
  }

  /**
   * Begins it.
   *
   * @param ground what it works on
   * @param luck decides to whom
   * @param lasts how long it will work; one that ends by itself ends within that
   */
  Working begin(Ground ground, Random luck, Duration lasts)
      throws IOException, InterruptedException;
}
