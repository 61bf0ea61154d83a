package io.quorate.server.grpc;

import io.quorate.base.EtcdError.Code;
import io.quorate.base.EtcdException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/** Inflates within a bound, with the refusals of grpc-go. */
final class Gzip {
  private static final int HEADER_BYTES = 10;
  private static final int FIRST_BUFFER_BYTES = 4 * 1024;

  private Gzip() {}

  /**
   * The inflated bytes.
   *
   * @throws EtcdException RESOURCE_EXHAUSTED as soon as there are more than {@code bytesMax},
   *     INTERNAL if it is not gzip
   */
  static byte[] inflate(byte[] packed, int bytesMax) {
    GZIPInputStream in;
    try {
      in = new GZIPInputStream(new ByteArrayInputStream(packed), FIRST_BUFFER_BYTES);
    } catch (EOFException e) {
      throw broken("decompress the message", packed.length == 0 ? "EOF" : "unexpected EOF");
    } catch (IOException e) {
      boolean cut = packed.length < HEADER_BYTES;
      throw broken("decompress the message", cut ? "unexpected EOF" : "gzip: invalid header");
    }
    try (in) {
      byte[] plain = new byte[Math.min(bytesMax, FIRST_BUFFER_BYTES)];
      int filled = 0;
      while (true) {
        int read = in.read(plain, filled, plain.length - filled);
        if (read > 0) {
          filled += read;
        } else if (read < 0) {
          return Arrays.copyOf(plain, filled);
        }
        if (filled == plain.length) {
          if (filled == bytesMax) {
            checkEnd(in, bytesMax);
            return plain;
          }
          plain = Arrays.copyOf(plain, (int) Math.min(bytesMax, 2L * plain.length));
        }
      }
    } catch (EOFException e) {
      throw broken("read decompressed data", "unexpected EOF");
    } catch (IOException e) {
      throw broken("read decompressed data", "gzip: invalid checksum");
    }
  }

  private static void checkEnd(GZIPInputStream in, int bytesMax) throws IOException {
    if (in.read() >= 0) {
      throw new EtcdException(
          Code.RESOURCE_EXHAUSTED,
          "grpc: received message after decompression larger than max " + bytesMax);
    }
  }

  private static EtcdException broken(String what, String why) {
    return new EtcdException(Code.INTERNAL, "grpc: failed to " + what + ": " + why);
  }
}
