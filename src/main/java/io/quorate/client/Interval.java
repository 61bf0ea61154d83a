package io.quorate.client;

import io.quorate.base.Bytes;

/**
 * The keys that a request is about: one, or all of {@code [key, end)} in the order of unsigned
 * bytes.
 *
 * @param key the first key
 * @param end the first key beyond; empty for {@code key} alone, one zero byte for no end
 */
public record Interval(Bytes key, Bytes end) {
  private static final Bytes ZERO = Bytes.wrap(new byte[1]);

  /** One key. */
  public static Interval of(Bytes key) {
    return new Interval(key, Bytes.EMPTY);
  }

  /** One key, in UTF-8. */
  public static Interval of(String key) {
    return of(Bytes.utf8(key));
  }

  /** All keys that begin with {@code prefix}; all keys if it is empty. */
  public static Interval prefix(Bytes prefix) {
    return prefix.isEmpty() ? all() : new Interval(prefix, endOf(prefix));
  }

  /** All keys that begin with {@code prefix}, in UTF-8; all keys if it is empty. */
  public static Interval prefix(String prefix) {
    return prefix(Bytes.utf8(prefix));
  }

  /** From {@code first}, inclusive, to {@code end}, exclusive. */
  public static Interval between(Bytes first, Bytes end) {
    return new Interval(first, end);
  }

  /** {@code first} and all keys behind it. */
  public static Interval from(Bytes first) {
    return new Interval(first.isEmpty() ? ZERO : first, ZERO);
  }

  /** Every key. */
  public static Interval all() {
    return new Interval(ZERO, ZERO);
  }

  /** Whether it is about one key. */
  public boolean isSingle() {
    return end.isEmpty();
  }

  /** Whether {@code other} is one of the keys. */
  public boolean contains(Bytes other) {
    if (isSingle()) {
      return key.equals(other);
    }
    return key.compareTo(other) <= 0 && (end.equals(ZERO) || other.compareTo(end) < 0);
  }

  /** The keys of this interval behind {@code last}. */
  Interval after(Bytes last) {
    return new Interval(last.concat(ZERO), end);
  }

  /** The first key behind all that begin with {@code prefix}. */
  private static Bytes endOf(Bytes prefix) {
    byte[] bytes = prefix.toArray();
    for (int last = bytes.length - 1; last >= 0; last--) {
      if (bytes[last] != (byte) 0xff) {
        bytes[last]++;
        return Bytes.wrap(bytes).slice(0, last + 1);
      }
    }
    return ZERO;
  }
}
