package io.quorate.journal;

import io.quorate.base.Check;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * One record under construction, in a direct buffer that is used again for the next one.
 *
 * <pre>
 * header: magic:4 bodyLength:4 recordNumber:8 type:4 zero:4 bodyCrc:4 headerCrc:4
 * body
 * footer: bodyLength:4 magic:4
 * </pre>
 *
 * <p>The header has a checksum of its own, so that a damaged length is never believed. The footer
 * ends in a byte that is not zero, so that a cut anywhere in a record shows in its end, and it
 * gives the length once more, so that it tells where its record began even if that is lost. Not
 * thread-safe.
 */
final class RecordBuffer {
  static final int HEADER_BYTES = 32;
  static final int FOOTER_BYTES = 8;
  static final int OVERHEAD_BYTES = HEADER_BYTES + FOOTER_BYTES;
  static final int HEADER_MAGIC = 0x514a524c;
  static final int FOOTER_MAGIC = 0x4c524a51;

  /** What the body of a record holds. The code is written to disk and never changes. */
  enum Type {
    /** The first record of a segment. */
    BASE(1),
    /** Writes of persistent actors. */
    WRITES(2),
    /** A prefix of one persistence id was deleted. */
    DELETION(3);

    private final int code;

    Type(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static Type of(int code) {
      return switch (code) {
        case 1 -> BASE;
        case 2 -> WRITES;
        case 3 -> DELETION;
        default -> throw new IllegalArgumentException("unknown type of record " + code);
      };
    }
  }

  private static final int INITIAL_BYTES = 64 << 10;
  private static final int RETAINED_BYTES_MAX = 4 << 20;

  private final int recordBytesMax;
  private final CRC32C crc = new CRC32C();
  private ByteBuffer buffer = ByteBuffer.allocateDirect(INITIAL_BYTES);

  RecordBuffer(int recordBytesMax) {
    this.recordBytesMax = recordBytesMax;
    clear();
  }

  /** Forgets the content and starts a new body. */
  void clear() {
    if (buffer.capacity() > RETAINED_BYTES_MAX) {
      buffer = ByteBuffer.allocateDirect(INITIAL_BYTES);
    }
    buffer.clear().position(HEADER_BYTES);
  }

  /** The number of bytes in the body so far, to go back to by {@link #cutTo}. */
  int bodyBytes() {
    return buffer.position() - HEADER_BYTES;
  }

  /** The number of bytes of the record if it ended here. */
  int recordBytes() {
    return buffer.position() + FOOTER_BYTES;
  }

  /** Drops what was put after {@link #bodyBytes} was {@code bytes}. */
  void cutTo(int bytes) {
    buffer.position(HEADER_BYTES + bytes);
  }

  /** The buffer itself with room for {@code bytes}; valid until the next call. */
  ByteBuffer room(int bytes) {
    long needed = (long) buffer.position() + bytes + FOOTER_BYTES;
    if (needed > recordBytesMax) {
      throw new IllegalArgumentException(
          "record of " + needed + " bytes, at most " + recordBytesMax);
    }
    if (needed > buffer.capacity()) {
      long doubled = Math.min(Math.max(needed, 2L * buffer.capacity()), recordBytesMax);
      ByteBuffer larger = ByteBuffer.allocateDirect((int) doubled);
      buffer.flip();
      larger.put(buffer);
      buffer = larger;
    }
    return buffer;
  }

  /** Puts a text of at most 65,535 bytes of UTF-8, after its length. */
  void putText(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0xffff) {
      throw new IllegalArgumentException("text of " + bytes.length + " bytes, at most 65535");
    }
    room(2 + bytes.length).putShort((short) bytes.length).put(bytes);
  }

  /** The text that {@link #putText} wrote. */
  static String getText(ByteBuffer from) {
    byte[] bytes = new byte[from.getShort() & 0xffff];
    from.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Adds header and footer; the result is ready to be written and valid until {@link #clear}. */
  ByteBuffer seal(Type type, long recordNumber) {
    int bodyBytes = bodyBytes();
    Check.that(buffer.remaining() >= FOOTER_BYTES, "no room for the footer");
    buffer.putInt(bodyBytes).putInt(FOOTER_MAGIC);
    int end = buffer.position();
    crc.reset();
    crc.update(buffer.duplicate().position(HEADER_BYTES).limit(HEADER_BYTES + bodyBytes));
    buffer.putInt(0, HEADER_MAGIC).putInt(4, bodyBytes).putLong(8, recordNumber);
    buffer.putInt(16, type.code()).putInt(20, 0).putInt(24, (int) crc.getValue());
    crc.reset();
    crc.update(buffer.duplicate().position(0).limit(28));
    buffer.putInt(28, (int) crc.getValue());
    return buffer.duplicate().position(0).limit(end);
  }
}
