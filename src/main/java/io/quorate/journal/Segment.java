package io.quorate.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One file of the journal. It has its final name only once its base is on the device, so a file of
 * that name without a whole base is damage. {@link #end} may be read by any thread; the rest is
 * guarded by {@link LogState}.
 */
final class Segment {
  static final String SUFFIX = ".log";

  /** Zeros are written in pieces of this size. */
  private static final int FILL_BYTES = 1 << 20;

  /** While zeros are written ahead, so many bytes go to the device at a time. */
  private static final int FORCE_BYTES = 4 << 20;

  private final Path path;
  private final Base base;
  private final long capacity;
  private final Map<String, Long> lastSequenceNrs = new HashMap<>();
  private volatile long end;

  Segment(Path path, Base base, long capacity, long end) {
    this.path = path;
    this.base = base;
    this.capacity = capacity;
    this.end = end;
  }

  static Path pathOf(Path directory, long number) {
    return directory.resolve(String.format(Locale.ROOT, "%020d", number) + SUFFIX);
  }

  Path path() {
    return path;
  }

  Base base() {
    return base;
  }

  long number() {
    return base.segment();
  }

  /** The length to which the file is filled with zeros, in bytes. */
  long capacity() {
    return capacity;
  }

  /** The end of the last durable record, in bytes. */
  long end() {
    return end;
  }

  void setEnd(long end) {
    this.end = end;
  }

  /** Notes that {@code sequenceNr} of {@code persistenceId} lies here. */
  void holds(String persistenceId, long sequenceNr) {
    lastSequenceNrs.put(persistenceId, sequenceNr);
  }

  /** The last sequence number of each persistence id that has messages here. */
  Map<String, Long> lastSequenceNrs() {
    return lastSequenceNrs;
  }

  /** What the base says of {@code persistenceId}; all zero if it was not yet known. */
  Base.Stream baseOf(String persistenceId) {
    for (Base.Stream stream : base.streams()) {
      if (stream.persistenceId().equals(persistenceId)) {
        return stream;
      }
    }
    return new Base.Stream(persistenceId, 0, 0, null);
  }

  /** Creates {@code path} with {@code bytes} zeros that are on the device when this returns. */
  static Disk.DiskFile createZeroed(Disk disk, Path path, long bytes) throws IOException {
    Disk.DiskFile file = disk.create(path);
    try {
      fillZeros(file, 0, bytes);
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      disk.delete(path);
      throw e;
    }
  }

  /** Writes zeros from {@code from} to {@code to} and returns once they are on the device. */
  static void fillZeros(Disk.DiskFile file, long from, long to) throws IOException {
    ByteBuffer zeros =
        ByteBuffer.allocateDirect((int) Math.min(FILL_BYTES, Math.max(to - from, 1)));
    long forced = from;
    for (long at = from; at < to; ) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), to - at));
      int bytes = zeros.remaining();
      file.write(zeros, at);
      at += bytes;
      if (at - forced >= FORCE_BYTES) {
        file.force();
        forced = at;
      }
    }
    file.force();
  }
}
