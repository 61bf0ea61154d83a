package io.quorate.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads records one after the other and checks each. It stops before the first place where no whole
 * record starts; what that means is for {@link TailCheck} to say. Not thread-safe.
 */
final class RecordReader implements Closeable {
  private static final int CHUNK_BYTES = 256 << 10;
  private static final int RETAINED_BYTES_MAX = 4 << 20;

  private final Disk.DiskFile file;
  private final Path path;
  private final long limit;
  private final int recordBytesMax;
  private final CRC32C crc = new CRC32C();

  private byte[] buffer;
  private long bufferOffset;
  private int bufferLength;

  private long position;
  private long recordOffset;
  private RecordBuffer.Type type = RecordBuffer.Type.BASE;
  private long recordNumber;
  private ByteBuffer body = ByteBuffer.allocate(0);

  /** Reads {@code file} from {@code start}, never at or beyond {@code limit}; closes it at last. */
  RecordReader(Disk.DiskFile file, Path path, long start, long limit, int recordBytesMax) {
    this.file = file;
    this.path = path;
    this.limit = limit;
    this.recordBytesMax = recordBytesMax;
    this.position = start;
    this.bufferOffset = start;
    this.buffer = new byte[(int) Math.max(0, Math.min(CHUNK_BYTES, limit - start))];
  }

  /** Goes to the next record; false if none is whole at {@link #position}. */
  boolean next() throws IOException {
    if (!fill(RecordBuffer.HEADER_BYTES)) {
      return false;
    }
    int at = (int) (position - bufferOffset);
    ByteBuffer header = ByteBuffer.wrap(buffer);
    if (header.getInt(at) != RecordBuffer.HEADER_MAGIC
        || header.getInt(at + 28) != checksum(at, 28)) {
      return false;
    }
    int bodyBytes = header.getInt(at + 4);
    long recordBytes = (long) bodyBytes + RecordBuffer.OVERHEAD_BYTES;
    if (bodyBytes < 0 || recordBytes > recordBytesMax) {
      throw corrupt("record of " + recordBytes + " bytes, at most " + recordBytesMax);
    }
    if (!fill((int) recordBytes)) {
      return false;
    }
    at = (int) (position - bufferOffset);
    header = ByteBuffer.wrap(buffer);
    int bodyAt = at + RecordBuffer.HEADER_BYTES;
    if (header.getInt(at + 24) != checksum(bodyAt, bodyBytes)
        || header.getInt(bodyAt + bodyBytes) != bodyBytes
        || header.getInt(bodyAt + bodyBytes + 4) != RecordBuffer.FOOTER_MAGIC) {
      return false;
    }
    recordNumber = header.getLong(at + 8);
    try {
      type = RecordBuffer.Type.of(header.getInt(at + 16));
    } catch (IllegalArgumentException e) {
      throw corrupt(String.valueOf(e.getMessage()));
    }
    body = ByteBuffer.wrap(buffer, bodyAt, bodyBytes).slice();
    recordOffset = position;
    position += recordBytes;
    return true;
  }

  /** Where the next record starts. */
  long position() {
    return position;
  }

  /** Where the current record starts. */
  long recordOffset() {
    return recordOffset;
  }

  RecordBuffer.Type type() {
    return type;
  }

  long recordNumber() {
    return recordNumber;
  }

  /** The body of the current record, valid until {@link #next}. */
  ByteBuffer body() {
    return body;
  }

  /** The error for the current record. */
  CorruptJournalException corruptRecord(String reason) {
    return new CorruptJournalException(path, recordOffset, reason);
  }

  /** The error for the place where the next record should start. */
  CorruptJournalException corrupt(String reason) {
    return new CorruptJournalException(path, position, reason);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private int checksum(int from, int length) {
    crc.reset();
    crc.update(buffer, from, length);
    return (int) crc.getValue();
  }

  /** Makes the {@code bytes} after {@link #position} available; false if the file ends before. */
  private boolean fill(int bytes) throws IOException {
    if (position + bytes > limit) {
      return false;
    }
    if (position + bytes <= bufferOffset + bufferLength) {
      return true;
    }
    int kept = (int) (bufferOffset + bufferLength - position);
    int start = bufferLength - kept;
    if (bytes > buffer.length) {
      buffer = Arrays.copyOfRange(buffer, start, start + bytes);
    } else if (buffer.length > RETAINED_BYTES_MAX && bytes <= CHUNK_BYTES) {
      buffer = Arrays.copyOfRange(buffer, start, start + CHUNK_BYTES);
    } else {
      // A new array would be simpler, but most records are far smaller than a chunk.
      System.arraycopy(buffer, start, buffer, 0, kept);
    }
    bufferOffset = position;
    bufferLength = kept;
    while (bufferLength < bytes) {
      int chunk = (int) Math.min(CHUNK_BYTES, limit - bufferOffset - bufferLength);
      chunk = Math.min(chunk, buffer.length - bufferLength);
      int read =
          file.read(ByteBuffer.wrap(buffer, bufferLength, chunk), bufferOffset + bufferLength);
      if (read <= 0) {
        return false;
      }
      bufferLength += read;
    }
    return true;
  }
}
