package io.quorate.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The place up to which a checkpoint has relied on the journal. Whatever lies below it was on the
 * device, so if it is gone or torn now, that is damage and never the trace of a crash.
 *
 * @param segment the number of the segment
 * @param offset the end of its last durable record, in bytes
 */
record SyncedNote(long segment, long offset) implements Comparable<SyncedNote> {
  private static final String NAME = "synced";
  private static final int MAGIC = 0x514a534e;
  private static final int BYTES = 24;

  static Path pathIn(Path directory) {
    return directory.resolve(NAME);
  }

  /** The note in {@code directory}, or null if there never was one. */
  static @Nullable SyncedNote read(Disk disk, Path directory) throws IOException {
    Path path = pathIn(directory);
    ByteBuffer bytes = ByteBuffer.allocate(BYTES + 1);
    try (Disk.DiskFile file = disk.openReadOnly(path)) {
      int read = 0;
      while (read >= 0 && bytes.hasRemaining()) {
        read = file.read(bytes, bytes.position());
      }
    } catch (NoSuchFileException e) {
      return null;
    }
    bytes.flip();
    if (bytes.limit() != BYTES || bytes.getInt(0) != MAGIC || bytes.getInt(20) != checksum(bytes)) {
      throw new CorruptJournalException(path, 0, "checksum of the note does not match");
    }
    return new SyncedNote(bytes.getLong(4), bytes.getLong(12));
  }

  /** Replaces the note in {@code directory}; it is on the device when this returns. */
  void write(Disk disk, Path directory) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.putInt(MAGIC).putLong(segment).putLong(offset);
    bytes.putInt(checksum(bytes)).flip();
    Path temporary = directory.resolve(NAME + SegmentedLog.TEMPORARY_SUFFIX);
    try (Disk.DiskFile file = disk.create(temporary)) {
      file.write(bytes, 0);
      file.force();
    }
    disk.rename(temporary, pathIn(directory));
  }

  @Override
  public int compareTo(SyncedNote other) {
    int bySegment = Long.compare(segment, other.segment);
    return bySegment == 0 ? Long.compare(offset, other.offset) : bySegment;
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().position(0).limit(20));
    return (int) crc.getValue();
  }
}
