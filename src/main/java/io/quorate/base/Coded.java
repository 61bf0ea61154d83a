package io.quorate.base;

/**
 * An enumeration whose constants stand on disk or on the wire as numbers. The numbers never change,
 * whatever happens to the order of the constants.
 */
public interface Coded {
  /** The number of this constant, not negative. */
  int code();

  /** The one of {@code values} with {@code code}; {@link IllegalArgumentException} for none. */
  static <T extends Coded> T pick(T[] values, int code) {
    for (T value : values) {
      if (value.code() == code) {
        return value;
      }
    }
    throw new IllegalArgumentException("unknown code " + code);
  }
}
