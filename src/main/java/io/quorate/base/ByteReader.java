package io.quorate.base;

import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} wrote. Whatever does not fit throws {@link
 * IllegalArgumentException}. Not safe for threads.
 */
public final class ByteReader {
  private final byte[] array;
  private int position;

  /** A reader from the start of {@code bytes}. */
  public ByteReader(Bytes bytes) {
    this.array = bytes.unsafeArray();
  }

  /** Whether all was read. */
  public boolean isAtEnd() {
    return position == array.length;
  }

  /** Reads one byte, unsigned. */
  public int get() {
    need(1);
    return array[position++] & 0xff;
  }

  /** Reads one byte as 1 or 0. */
  public boolean getBoolean() {
    return get() != 0;
  }

  /** Reads four bytes. */
  public int getInt() {
    return get() << 24 | get() << 16 | get() << 8 | get();
  }

  /** Reads eight bytes. */
  public long getLong() {
    return (long) getInt() << 32 | (getInt() & 0xffffffffL);
  }

  /** Reads a variable number. */
  public long getVar() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = get();
      value |= (next & 0x7fL) << shift;
      if ((next & 0x80) == 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than ten bytes");
  }

  /** Reads a variable number that must fit an int and not be negative. */
  public int getVarInt() {
    long value = getVar();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("number out of bounds: " + value);
    }
    return (int) value;
  }

  /** Reads a byte string after its length. */
  public Bytes getBytes() {
    return getRaw(getVarInt());
  }

  /** Reads {@code size} bytes. */
  public Bytes getRaw(int size) {
    need(size);
    position += size;
    return Bytes.wrap(Arrays.copyOfRange(array, position - size, position));
  }

  /** Reads text after its length. */
  public String getText() {
    return getBytes().utf8();
  }

  private void need(int bytes) {
    if (array.length - position < bytes) {
      throw new IllegalArgumentException(
          "needs " + bytes + " bytes, has " + (array.length - position));
    }
  }
}
