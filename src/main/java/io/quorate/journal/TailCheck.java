package io.quorate.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Decides what the bytes after the last whole record are. A record starts only after the one before
 * it is on the device, and segments are filled with zeros before they are used. So the only record
 * that a crash may leave incomplete is the very last one, and whatever of it did not reach the
 * device reads as zeros.
 *
 * <p>With {@code o} where a record should start and {@code z} the end of the last byte of the file
 * that is not zero, the rest is
 *
 * <ul>
 *   <li>clean if {@code z <= o};
 *   <li>torn if the header is cut: nothing but zeros follows a part of it;
 *   <li>torn if the header is whole and {@code z} is below the end that it gives;
 *   <li>torn if the record is whole in length but one of its sectors is all zeros, since a device
 *       may write sectors in any order;
 *   <li>torn if a sector with a part of the header is all zeros, whatever of the record's rest is
 *       there, unless the footer at {@code z} belongs to a later record, or, where there is none,
 *       the header of a later record follows;
 *   <li>corrupt in every other case: a changed bit, a damaged length, or bytes after the record.
 * </ul>
 *
 * <p>What cannot be told from a torn record: a last record of which the device lost a sector that
 * it had said to have, and a changed bit in a last record that holds a sector of zeros.
 */
final class TailCheck {
  /** The unit in which a device writes or does not, in bytes. */
  static final int SECTOR_BYTES = 512;

  private static final int CHUNK_BYTES = 64 << 10;

  /**
   * What was found.
   *
   * @param end the end of the last byte that is not zero, at least where the record should start
   * @param problem why this is no torn record, or empty if it is one or nothing
   */
  record Verdict(long end, String problem) {}

  private final Disk.DiskFile file;
  private final Path path;
  private final long start;
  private final long number;
  private final long size;

  private TailCheck(Disk.DiskFile file, Path path, long start, long number) throws IOException {
    this.file = file;
    this.path = path;
    this.start = start;
    this.number = number;
    this.size = file.size();
  }

  /**
   * Looks at {@code file} from {@code start}, where no whole record starts. Returns the end of the
   * incomplete record, which is {@code start} if there is none; throws {@link
   * CorruptJournalException} for anything else.
   *
   * @param number that of the record that should start there
   */
  static long tornEnd(Disk.DiskFile file, Path path, long start, long number) throws IOException {
    Verdict verdict = new TailCheck(file, path, start, number).judge();
    if (!verdict.problem().isEmpty()) {
      throw new CorruptJournalException(path, start, verdict.problem());
    }
    return verdict.end();
  }

  private Verdict judge() throws IOException {
    long end = lastNonZero();
    if (end <= start) {
      return new Verdict(start, "");
    }
    ByteBuffer header = readAt(start, RecordBuffer.HEADER_BYTES);
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().limit(28));
    boolean headerWhole =
        header.getInt(0) == RecordBuffer.HEADER_MAGIC && header.getInt(28) == (int) crc.getValue();
    if (headerWhole) {
      return judgeBody(end, start + RecordBuffer.OVERHEAD_BYTES + header.getInt(4));
    }
    if (end < start + RecordBuffer.HEADER_BYTES && beginsLikeHeader(header, end - start)) {
      return new Verdict(end, "");
    }
    if (lacksHeaderSector() && !showsLaterRecord(end)) {
      return new Verdict(end, "");
    }
    return new Verdict(end, "no record starts here, but bytes follow up to offset " + end);
  }

  private Verdict judgeBody(long end, long recordEnd) throws IOException {
    if (end > recordEnd) {
      return new Verdict(
          end,
          "checksum does not match, and the record ends at " + recordEnd + ", the file at " + end);
    }
    if (end < recordEnd || hasZeroSector(start, end)) {
      return new Verdict(end, "");
    }
    return new Verdict(end, "checksum of the last record does not match");
  }

  private static boolean beginsLikeHeader(ByteBuffer header, long bytes) {
    ByteBuffer magic = ByteBuffer.allocate(4).putInt(0, RecordBuffer.HEADER_MAGIC);
    int compared = (int) Math.min(bytes, 4);
    return header.duplicate().limit(compared).equals(magic.limit(compared));
  }

  /** Whether one of the sectors with the header, from {@link #start} on, is all zeros. */
  private boolean lacksHeaderSector() throws IOException {
    long sectorEnd = sectorEnd(start);
    long headerEnd = start + RecordBuffer.HEADER_BYTES;
    return isZero(readAt(start, (int) (sectorEnd - start)))
        || (headerEnd > sectorEnd && isZero(readAt(sectorEnd, SECTOR_BYTES)));
  }

  /** Whether what follows, up to {@code end}, is not the record that should start here. */
  private boolean showsLaterRecord(long end) throws IOException {
    long footerStart = end - RecordBuffer.FOOTER_BYTES;
    // Of a footer in two sectors one may be missing.
    if (end - start >= RecordBuffer.OVERHEAD_BYTES && sectorEnd(footerStart) >= end) {
      ByteBuffer footer = readAt(footerStart, RecordBuffer.FOOTER_BYTES);
      long from = end - RecordBuffer.OVERHEAD_BYTES - footer.getInt(0);
      if (footer.getInt(4) == RecordBuffer.FOOTER_MAGIC && from >= start && from < end) {
        return from != start;
      }
    }
    return hasLaterHeader(end);
  }

  /** Whether there is a whole header before {@code end} that a later record could have there. */
  private boolean hasLaterHeader(long end) throws IOException {
    CRC32C crc = new CRC32C();
    for (long at = start; at < end; at += CHUNK_BYTES) {
      ByteBuffer chunk = readAt(at, CHUNK_BYTES + RecordBuffer.HEADER_BYTES);
      for (int i = 0; i < CHUNK_BYTES; i++) {
        if (chunk.getInt(i) == RecordBuffer.HEADER_MAGIC) {
          crc.reset();
          crc.update(chunk.duplicate().position(i).limit(i + 28));
          long later = chunk.getLong(i + 8) - number;
          if (chunk.getInt(i + 28) == (int) crc.getValue()
              && later > 0
              && later <= (at + i - start) / RecordBuffer.OVERHEAD_BYTES) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** The end of the sector with the byte at {@code offset}. */
  private static long sectorEnd(long offset) {
    return (offset / SECTOR_BYTES + 1) * SECTOR_BYTES;
  }

  /** Whether the part in [from, to) of any sector is all zeros. */
  private boolean hasZeroSector(long from, long to) throws IOException {
    long at = from;
    while (at < to) {
      long next = Math.min(sectorEnd(at), to);
      if (isZero(readAt(at, (int) (next - at)))) {
        return true;
      }
      at = next;
    }
    return false;
  }

  private long lastNonZero() throws IOException {
    long end = size;
    while (end > start) {
      long from = Math.max(start, end - CHUNK_BYTES);
      ByteBuffer chunk = readAt(from, (int) (end - from));
      for (int i = chunk.limit() - 1; i >= 0; i--) {
        if (chunk.get(i) != 0) {
          return from + i + 1;
        }
      }
      end = from;
    }
    return start;
  }

  private static boolean isZero(ByteBuffer bytes) {
    for (int i = 0; i < bytes.limit(); i++) {
      if (bytes.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** The bytes at {@code offset}, with zeros for those after the end of the file. */
  private ByteBuffer readAt(long offset, int bytes) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(bytes);
    while (chunk.hasRemaining() && offset + chunk.position() < size) {
      if (file.read(chunk, offset + chunk.position()) < 0) {
        throw new IOException(path + " became shorter than " + size + " bytes");
      }
    }
    return chunk.clear();
  }
}
