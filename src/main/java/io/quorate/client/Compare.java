package io.quorate.client;

import io.quorate.base.Bytes;

/** What has to hold of a key, or of each of several, in a {@link Txn}. */
public sealed interface Compare {
  /** Which keys. */
  Interval keys();

  /** How it has to compare. */
  Is is();

  /** How what is in the store has to compare with what is given. */
  enum Is {
    EQUAL,
    GREATER,
    LESS,
    NOT_EQUAL
  }

  /** A number of {@link KeyValue}. */
  enum Field {
    VERSION,
    CREATE_REVISION,
    MOD_REVISION,
    LEASE
  }

  /** A comparison of a number; each is 0 for a key that is not there. */
  record OfNumber(Interval keys, Field field, Is is, long number) implements Compare {}

  /** A comparison of values; never holds for a key that is not there. */
  record OfValue(Interval keys, Is is, Bytes value) implements Compare {}

  /** The key is there. */
  static Compare exists(Bytes key) {
    return new OfNumber(Interval.of(key), Field.CREATE_REVISION, Is.GREATER, 0);
  }

  /** The key is there. */
  static Compare exists(String key) {
    return exists(Bytes.utf8(key));
  }

  /** The key is not there. */
  static Compare absent(Bytes key) {
    return new OfNumber(Interval.of(key), Field.CREATE_REVISION, Is.EQUAL, 0);
  }

  /** The key is not there. */
  static Compare absent(String key) {
    return absent(Bytes.utf8(key));
  }

  /** The key was last written at {@code revision}; 0: it is not there. */
  static Compare unchanged(Bytes key, long revision) {
    return new OfNumber(Interval.of(key), Field.MOD_REVISION, Is.EQUAL, revision);
  }

  /** The key was last written at {@code revision}; 0: it is not there. */
  static Compare unchanged(String key, long revision) {
    return unchanged(Bytes.utf8(key), revision);
  }

  /** The key has the value. */
  static Compare value(String key, String value) {
    return new OfValue(Interval.of(key), Is.EQUAL, Bytes.utf8(value));
  }

  /** A number of the key compares as {@code is} says. */
  static Compare number(Bytes key, Field field, Is is, long number) {
    return new OfNumber(Interval.of(key), field, is, number);
  }
}
