package io.quorate.base;

import java.util.Arrays;

/**
 * Writes numbers and byte strings to a growing array: fixed ones big-endian, variable ones seven
 * bits a byte, the lowest first. Not safe for threads. The largest result is {@link
 * Integer#MAX_VALUE} bytes.
 */
public final class ByteWriter {
  private byte[] array;
  private int size;

  /** A writer with room for {@code capacity} bytes before it grows. */
  public ByteWriter(int capacity) {
    this.array = new byte[Math.max(16, capacity)];
  }

  /** Writes the low eight bits of {@code value}. */
  public ByteWriter put(int value) {
    room(1);
    array[size++] = (byte) value;
    return this;
  }

  /** Writes one byte, 1 or 0. */
  public ByteWriter put(boolean value) {
    return put(value ? 1 : 0);
  }

  /** Writes four bytes. */
  public ByteWriter putInt(int value) {
    return put(value >>> 24).put(value >>> 16).put(value >>> 8).put(value);
  }

  /** Writes eight bytes. */
  public ByteWriter putLong(long value) {
    return putInt((int) (value >>> 32)).putInt((int) value);
  }

  /** Writes a number as one to ten bytes; negative ones take ten. */
  public ByteWriter putVar(long value) {
    room(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      array[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[size++] = (byte) rest;
    return this;
  }

  /** Writes the length of {@code bytes}, variable, and then the bytes. */
  public ByteWriter putBytes(Bytes bytes) {
    putVar(bytes.size());
    return putRaw(bytes);
  }

  /** Writes the bytes without their length. */
  public ByteWriter putRaw(Bytes bytes) {
    room(bytes.size());
    System.arraycopy(bytes.unsafeArray(), 0, array, size, bytes.size());
    size += bytes.size();
    return this;
  }

  /** Writes {@code text} in UTF-8 after its length. */
  public ByteWriter putText(String text) {
    return putBytes(Bytes.utf8(text));
  }

  /** The number of bytes written. */
  public int size() {
    return size;
  }

  /** What was written. */
  public Bytes toBytes() {
    return Bytes.wrap(Arrays.copyOf(array, size));
  }

  private void room(int more) {
    if (array.length - size < more) {
      array = Arrays.copyOf(array, Math.max(array.length * 2, size + more));
    }
  }
}
