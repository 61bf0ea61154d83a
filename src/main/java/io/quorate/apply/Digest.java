package io.quorate.apply;

import io.quorate.base.Bytes;
import java.util.zip.CRC32C;

/**
 * A running digest of what all entries did so far. Members that applied the same entries to the
 * same state have the same one; a difference says that one of them is damaged. It is no
 * cryptographic hash: it finds faults, not forgeries. Used by one thread.
 */
final class Digest {
  /** An odd number without a pattern: 2 to the 64th over the golden ratio. */
  private static final long FACTOR = 0x9E3779B97F4A7C15L;

  private static final int ROTATION = 23;

  private final CRC32C crc = new CRC32C();
  private long value;

  /** Goes on from {@code value}. */
  Digest(long value) {
    this.value = value;
  }

  long value() {
    return value;
  }

  void add(long number) {
    value = (Long.rotateLeft(value, ROTATION) ^ number) * FACTOR;
  }

  void add(Bytes bytes) {
    crc.reset();
    crc.update(bytes.unsafeArray(), 0, bytes.size());
    add(crc.getValue() << Integer.SIZE | bytes.size());
  }
}
