package io.quorate.embedded;

import org.jspecify.annotations.Nullable;

/**
 * A cluster or a member could not be started or stopped. The message is one line that says why; for
 * what a flag or a folder is refused for it is the line that {@code quorate serve} ends with.
 */
public final class QuorateException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A failure with a one-line {@code message}. */
  public QuorateException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
