package io.quorate.server.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import io.quorate.base.Check;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import java.io.IOException;
import java.util.Arrays;

/**
 * One message ready for the wire: an array that begins with the five bytes of a gRPC frame (not
 * compressed, length big-endian) and goes on with the encoded message. It is written once and then
 * shared: nobody may write to the array afterwards. Safe to send on many streams.
 */
public final class Framed {
  /** The bytes in front of each message: a flag and a length. */
  public static final int PREFIX_BYTES = 5;

  /** The largest message, in bytes: what an array of the JVM can hold beside the prefix. */
  public static final int MESSAGE_BYTES_MAX = Integer.MAX_VALUE - 8 - PREFIX_BYTES;

  private final byte[] array;
  private final int length;

  private Framed(byte[] array, int length) {
    this.array = array;
    this.length = length;
  }

  /**
   * Encodes {@code message} behind its prefix, in one array and one pass.
   *
   * @throws EtcdException RESOURCE_EXHAUSTED if it is larger than {@link #MESSAGE_BYTES_MAX}; the
   *     text is that of grpc-go
   */
  public static Framed of(MessageLite message) {
    // protobuf counts in an int, which goes negative beyond 2 GiB.
    int size = message.getSerializedSize();
    if (size < 0 || size > MESSAGE_BYTES_MAX) {
      throw tooLarge(Integer.toUnsignedLong(size));
    }
    byte[] array = new byte[PREFIX_BYTES + size];
    CodedOutputStream out = CodedOutputStream.newInstance(array, PREFIX_BYTES, size);
    try {
      message.writeTo(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException("message does not fit the size it told: " + size, e);
    }
    writePrefix(array, size);
    return new Framed(array, array.length);
  }

  /**
   * Takes ownership of {@code array}, whose first {@link #PREFIX_BYTES} bytes are free and which
   * holds an encoded message up to {@code end}, exclusive. For those who encode by hand; they
   * refuse sizes over {@link #MESSAGE_BYTES_MAX} with {@link #tooLarge} before they allocate.
   */
  public static Framed ofEncoded(byte[] array, int end) {
    Check.that(
        end >= PREFIX_BYTES && end <= array.length,
        "frame ends at %d of %d bytes",
        end,
        array.length);
    writePrefix(array, end - PREFIX_BYTES);
    return new Framed(array, end);
  }

  /** Bytes as they are, without a prefix: for the streamed bodies of plain HTTP. */
  public static Framed raw(byte[] bytes) {
    return new Framed(bytes, bytes.length);
  }

  /** The first {@code end} bytes of this, in the same array. */
  Framed first(int end) {
    Check.that(end > 0 && end <= length, "first %d of %d bytes", end, length);
    return new Framed(array, end);
  }

  /** A copy of the bytes from {@code begin} on, to be sent as they are. */
  Framed copyFrom(int begin) {
    return raw(Arrays.copyOfRange(array, begin, length));
  }

  /** The prefix of a message of {@code size} bytes that is sent in parts, and its beginning. */
  static Framed begin(int size, byte[] beginning) {
    byte[] array = new byte[PREFIX_BYTES + beginning.length];
    writePrefix(array, size);
    System.arraycopy(beginning, 0, array, PREFIX_BYTES, beginning.length);
    return raw(array);
  }

  /** The refusal of a reply of {@code bytes}, as grpc-go words it for etcd's limit. */
  public static EtcdException tooLarge(long bytes) {
    return new EtcdException(
        EtcdError.Code.RESOURCE_EXHAUSTED,
        "trying to send message larger than max (" + bytes + " vs. " + Integer.MAX_VALUE + ")");
  }

  private static void writePrefix(byte[] array, int size) {
    array[0] = 0;
    array[1] = (byte) (size >>> 24);
    array[2] = (byte) (size >>> 16);
    array[3] = (byte) (size >>> 8);
    array[4] = (byte) size;
  }

  /** The bytes on the wire, prefix included. */
  public int length() {
    return length;
  }

  /** The array itself, of which the first {@link #length} bytes count; only to be read. */
  @SuppressWarnings("ExposedArray")
  byte[] unsafeArray() {
    return array;
  }

  /** A copy of the encoded message without its prefix; for tests and other codecs. */
  public byte[] message() {
    return Arrays.copyOfRange(array, PREFIX_BYTES, length);
  }
}
