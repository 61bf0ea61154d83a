package io.quorate.tls;

import io.quorate.base.Bytes;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * As much of DER as keys and a certificate of our own need. What is written is always well-formed;
 * what is read may come from anybody.
 */
final class Der {
  static final int INTEGER = 0x02;
  static final int OCTETS = 0x04;
  static final int OID = 0x06;
  static final int SEQUENCE = 0x30;

  private static final int BOOLEAN = 0x01;
  private static final int BITS = 0x03;
  private static final int TEXT = 0x0c;
  private static final int SET = 0x31;
  private static final int UTC_TIME = 0x17;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int CONTEXT = 0x80;
  private static final int CONSTRUCTED = 0x20;

  /** From this year on, times have years of four digits. */
  private static final int GENERALIZED_FROM = 2050;

  /** The most bytes of a length; a longer one is no key. */
  private static final int LENGTH_BYTES_MAX = 3;

  /**
   * A value that was read.
   *
   * @param tag its first byte
   * @param content what it holds
   */
  record Value(int tag, Bytes content) {}

  private Der() {}

  static byte[] value(int tag, byte[]... parts) {
    byte[] content = concat(parts);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else {
      byte[] length = BigInteger.valueOf(content.length).toByteArray();
      int skip = length[0] == 0 ? 1 : 0; // the sign
      out.write(0x80 | (length.length - skip));
      out.write(length, skip, length.length - skip);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  static byte[] sequence(byte[]... parts) {
    return value(SEQUENCE, parts);
  }

  static byte[] set(byte[]... parts) {
    return value(SET, parts);
  }

  /** A value that its place in a sequence explains, round other values. */
  static byte[] explicit(int number, byte[]... parts) {
    return value(CONTEXT | CONSTRUCTED | number, parts);
  }

  /** A value that its place explains, in place of the one it would be otherwise. */
  static byte[] implicit(int number, byte[] content) {
    return value(CONTEXT | number, content);
  }

  static byte[] integer(BigInteger number) {
    return value(INTEGER, number.toByteArray());
  }

  static byte[] octets(byte[] content) {
    return value(OCTETS, content);
  }

  /** A string of bits, of whose last byte so many do not count. */
  static byte[] bits(int unused, byte... content) {
    return value(BITS, new byte[] {(byte) unused}, content);
  }

  static byte[] yes() {
    return value(BOOLEAN, new byte[] {-1});
  }

  static byte[] text(String text) {
    return value(TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /** An object identifier, given as numbers with dots between them. */
  static byte[] oid(String dotted) {
    int[] arcs = Arrays.stream(dotted.split("\\.", -1)).mapToInt(Integer::parseInt).toArray();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(40 * arcs[0] + arcs[1]);
    for (int i = 2; i < arcs.length; i++) {
      for (int shift = 28; shift > 0; shift -= 7) {
        if (arcs[i] >>> shift != 0) {
          out.write(0x80 | (arcs[i] >>> shift & 0x7f));
        }
      }
      out.write(arcs[i] & 0x7f);
    }
    return value(OID, out.toByteArray());
  }

  /** A point in time, in whole seconds. */
  static byte[] time(Instant instant) {
    boolean far = instant.atOffset(ZoneOffset.UTC).getYear() >= GENERALIZED_FROM;
    String pattern = far ? "uuuuMMddHHmmss'Z'" : "uuMMddHHmmss'Z'";
    String text = DateTimeFormatter.ofPattern(pattern).withZone(ZoneOffset.UTC).format(instant);
    return value(far ? GENERALIZED_TIME : UTC_TIME, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** The values that stand in {@code bytes}, one behind the other. */
  static List<Value> read(byte[] bytes) {
    List<Value> values = new ArrayList<>();
    int at = 0;
    while (at < bytes.length) {
      int tag = at(bytes, at++);
      int length = at(bytes, at++);
      if (length >= 0x80) {
        int count = length - 0x80;
        if (count == 0 || count > LENGTH_BYTES_MAX) {
          throw new IllegalArgumentException("a length of " + count + " bytes");
        }
        length = 0;
        for (int i = 0; i < count; i++) {
          length = length << 8 | at(bytes, at++);
        }
      }
      if (length > bytes.length - at) {
        throw new IllegalArgumentException("a value of " + length + " bytes is cut off");
      }
      values.add(new Value(tag, Bytes.wrap(Arrays.copyOfRange(bytes, at, at + length))));
      at += length;
    }
    return values;
  }

  /** The content of the value that its place {@code number} explains. */
  static boolean isExplicit(Value value, int number) {
    return value.tag() == (CONTEXT | CONSTRUCTED | number);
  }

  private static int at(byte[] bytes, int index) {
    if (index >= bytes.length) {
      throw new IllegalArgumentException("cut off at byte " + index);
    }
    return bytes[index] & 0xff;
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
