package io.quorate.chaos.junit;

import org.jspecify.annotations.Nullable;

/**
 * That a test under faults shows nothing: a fault was not taken back, the cluster did not become
 * well, or there were no faults. Its message ends with the seed, and with where the logs lie.
 */
public final class ChaosException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ChaosException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private ChaosException(String message) {
    super(message, null, false, false);
  }

  /** What goes with the failure of a test; where it was thrown is nothing to look at. */
  static ChaosException note(String message) {
    return new ChaosException(message);
  }
}
