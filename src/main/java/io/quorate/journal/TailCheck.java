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
 *   <li>torn if the record is whole in length but one of its sectors is all zeros (a device may
 *       write sectors in any order), be it the sector with the header, if the footer at {@code z}
 *       leads back to {@code o};
 *   <li>corrupt in every other case: a changed bit, a damaged length, or bytes after the record.
 * </ul>
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
  private final long size;

  private TailCheck(Disk.DiskFile file, Path path, long start, long size) {
    this.file = file;
    this.path = path;
    this.start = start;
    this.size = size;
  }

  /**
   * Looks at {@code file} from {@code start}, where no whole record starts. Returns the end of the
   * incomplete record, which is {@code start} if there is none; throws {@link
   * CorruptJournalException} for anything else.
   */
  static long tornEnd(Disk.DiskFile file, Path path, long start) throws IOException {
    TailCheck check = new TailCheck(file, path, start, file.size());
    Verdict verdict = check.judge();
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
    if (footerLeadsBack(end) && hasZeroSector(start, start + RecordBuffer.HEADER_BYTES)) {
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

  private boolean footerLeadsBack(long end) throws IOException {
    if (end - start < RecordBuffer.OVERHEAD_BYTES) {
      return false;
    }
    ByteBuffer footer = readAt(end - RecordBuffer.FOOTER_BYTES, RecordBuffer.FOOTER_BYTES);
    return footer.getInt(4) == RecordBuffer.FOOTER_MAGIC
        && end - RecordBuffer.OVERHEAD_BYTES - footer.getInt(0) == start;
  }

  /** Whether the part in [from, to) of any sector is all zeros. */
  private boolean hasZeroSector(long from, long to) throws IOException {
    long at = from;
    while (at < to) {
      long next = Math.min((at / SECTOR_BYTES + 1) * SECTOR_BYTES, to);
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
