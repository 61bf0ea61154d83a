package io.quorate.lmdb;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** The bytes of one bucket of long keys: its places in key order, then a CRC-32C. */
final class Bucket {
  /** A larger bucket splits, unless it holds a single key. */
  static final int BYTES_MAX = 16 * 1024;

  private static final int PLACE_OVERHEAD_BYTES = 16;

  private Bucket() {}

  /** About how many bytes {@code places} take. */
  static int sizeOf(List<LongKeys.Place> places) {
    int bytes = 0;
    for (LongKeys.Place place : places) {
      bytes += PLACE_OVERHEAD_BYTES + place.rest().size();
    }
    return bytes;
  }

  /** The index of {@code rest}, or as {@link java.util.Collections#binarySearch} answers. */
  static int indexOf(List<LongKeys.Place> places, Bytes rest) {
    int low = 0;
    int high = places.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = places.get(middle).rest().compareTo(rest);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -low - 1;
  }

  static ByteBuffer encode(ByteBuffer lmdbKey, List<LongKeys.Place> places) {
    ByteWriter out = new ByteWriter(sizeOf(places) + Integer.BYTES);
    for (LongKeys.Place place : places) {
      out.putBytes(place.rest()).putVar(place.main()).putVar(place.sub()).put(place.deleted());
    }
    Bytes bytes = out.toBytes();
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.size() + Integer.BYTES);
    buffer.put(bytes.unsafeArray());
    buffer.putInt(checksum(lmdbKey, bytes));
    return buffer.flip();
  }

  static List<LongKeys.Place> decode(ByteBuffer lmdbKey, ByteBuffer in) {
    Bytes all = Bytes.copyOf(in);
    Bytes bytes = all.slice(0, all.size() - Integer.BYTES);
    int expected = in.getInt(in.limit() - Integer.BYTES);
    int actual = checksum(lmdbKey, bytes);
    if (expected != actual) {
      throw new CorruptStoreException(
          String.format("bucket checksum is %08x, expected %08x", actual, expected));
    }
    ByteReader reader = new ByteReader(bytes);
    List<LongKeys.Place> places = new ArrayList<>();
    while (!reader.isAtEnd()) {
      places.add(
          new LongKeys.Place(
              reader.getBytes(), reader.getVar(), reader.getVarInt(), reader.getBoolean()));
    }
    return places;
  }

  private static int checksum(ByteBuffer lmdbKey, Bytes bytes) {
    CRC32C crc = new CRC32C();
    crc.update(lmdbKey.duplicate());
    crc.update(bytes.unsafeArray());
    return (int) crc.getValue();
  }
}
