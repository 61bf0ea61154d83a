package io.quorate.base;

/** Text that came from elsewhere, as it may stand in a log line. */
public final class OneLine {
  /** The most that is kept of it, in characters. */
  public static final int CHARS_MAX = 512;

  private OneLine() {}

  /** {@code text} without control characters, and no longer than {@link #CHARS_MAX}. */
  public static String of(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .limit(CHARS_MAX)
        .map(c -> Character.isISOControl(c) ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.toString();
  }
}
