package io.quorate.chaos.history;

/**
 * From when to when.
 *
 * @param begin nanoseconds since the run began
 * @param end not before {@code begin}
 */
public record Span(long begin, long end) {
  /** Checks the order. */
  public Span {
    if (end < begin) {
      throw new IllegalArgumentException("a span from " + begin + " to " + end);
    }
  }
}
