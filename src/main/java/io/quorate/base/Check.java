package io.quorate.base;

import com.google.errorprone.annotations.FormatMethod;
import org.jspecify.annotations.Nullable;

/**
 * Assertions that stay on in production. A failed one is a programmer's error, never bad input: the
 * member stops, because its state can no longer be trusted.
 */
public final class Check {
  private Check() {}

  /** Throws {@link IllegalStateException} with {@code message} unless {@code condition} holds. */
  public static void that(boolean condition, String message) {
    if (!condition) {
      throw new IllegalStateException(message);
    }
  }

  /**
   * Throws {@link IllegalStateException} unless {@code condition} holds. {@code format} is that of
   * {@link String#format}; it is only evaluated on failure.
   */
  @FormatMethod
  public static void that(boolean condition, String format, @Nullable Object... args) {
    if (!condition) {
      throw new IllegalStateException(String.format(format, args));
    }
  }

  /** The error for a branch that no state reaches; the caller throws it. */
  public static IllegalStateException unreachable(Object what) {
    return new IllegalStateException("unreachable: " + what);
  }
}
