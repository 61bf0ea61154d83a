package io.quorate.base;

import java.util.zip.CRC32C;

/**
 * A running digest, as of what all entries did so far or of the rows of a store in their order.
 * Members that hold the same have the same one; a difference says that one of them is damaged. It
 * is no cryptographic hash: it finds faults, not forgeries. Used by one thread.
 */
public final class Digest {
  /** An odd number without a pattern: 2 to the 64th over the golden ratio. */
  private static final long FACTOR = 0x9E3779B97F4A7C15L;

  private static final int ROTATION = 23;

  private final CRC32C crc = new CRC32C();
  private long value;

  /** Goes on from {@code value}. */
  public Digest(long value) {
    this.value = value;
  }

  /** What it has come to. */
  public long value() {
    return value;
  }

  /** Adds a number. */
  public void add(long number) {
    value = (Long.rotateLeft(value, ROTATION) ^ number) * FACTOR;
  }

  /** Adds bytes, of which it takes a CRC-32C and the size. */
  public void add(Bytes bytes) {
    crc.reset();
    crc.update(bytes.unsafeArray(), 0, bytes.size());
    add(crc.getValue() << Integer.SIZE | bytes.size());
  }
}
