package io.quorate.lmdb;

import io.quorate.base.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * A snapshot as the API gives it and as it lies in a file: LMDB's own file, filled up with zeros to
 * a multiple of 512 bytes, and behind it the SHA-256 of all that. A copy of LMDB's file alone, out
 * of the directory of a member that is stopped, is taken as well, and cannot show that it is whole.
 *
 * <p>LMDB believes what stands in its file: one that is too short would end the process. So a file
 * is looked at before LMDB is. Not safe for threads; blocks.
 */
public final class SnapshotFile implements AutoCloseable {
  /** What its size is a multiple of, without the digest, in bytes. */
  private static final int PAD_BYTES = 512;

  private static final int DIGEST_BYTES = 32;
  private static final int COPY_BYTES = 1 << 20;

  /** What is read of a page to see whose it is: its header and what LMDB calls its meta. */
  private static final int HEAD_BYTES = 152;

  // Where things stand in that, on a machine of 64 bits; LMDB's version 0.9, mdb.c.
  private static final int MAGIC_AT = 16;
  private static final int VERSION_AT = 20;
  private static final int PAGE_BYTES_AT = 40;
  private static final int LAST_PAGE_AT = 136;
  private static final int TXN_AT = 144;

  private static final int LMDB_MAGIC = 0xBEEFC0DE;
  private static final int LMDB_VERSION = 1;
  private static final int LMDB_PAGE_BYTES_MAX = 1 << 16;

  /** What bbolt, the store of etcd, has in the same place. */
  private static final int BBOLT_MAGIC = 0xED0CDAED;

  /**
   * What {@code etcdutl snapshot status} says of a file.
   *
   * @param hash of all rows of all tables, 32 bits, unsigned
   * @param revision the newest
   * @param keys those that exist at that revision
   * @param bytes the size of the store, without the digest behind it
   */
  public record Facts(long hash, long revision, long keys, long bytes) {}

  private interface Sink {
    void take(ByteBuffer bytes) throws IOException;
  }

  private final Path path;
  private final FileChannel channel;
  private final long storeBytes;
  private final boolean digested;

  private SnapshotFile(Path path, FileChannel channel) throws IOException {
    this.path = path;
    this.channel = channel;
    long size = channel.size();
    this.digested = size % PAD_BYTES == DIGEST_BYTES;
    this.storeBytes = digested ? size - DIGEST_BYTES : size;
  }

  /**
   * Opens {@code path}; what is in it is not looked at.
   *
   * @throws BadSnapshotException when there is no such file, or it is too small for any digest
   */
  public static SnapshotFile open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      throw new BadSnapshotException("read " + path + ": is a directory");
    }
    try {
      SnapshotFile file = new SnapshotFile(path, FileChannel.open(path, StandardOpenOption.READ));
      if (file.channel.size() < DIGEST_BYTES) {
        file.close();
        throw new BadSnapshotException("seek " + path + ": invalid argument");
      }
      return file;
    } catch (NoSuchFileException e) {
      throw new BadSnapshotException("open " + path + ": no such file or directory");
    } catch (AccessDeniedException e) {
      throw new BadSnapshotException("open " + path + ": permission denied");
    }
  }

  /** Whether a digest stands behind the store, to tell by the size. */
  public boolean isDigested() {
    return digested;
  }

  /** The size of the store, without the digest, in bytes. */
  public long storeBytes() {
    return storeBytes;
  }

  /**
   * Looks whether this is a store of ours that LMDB can open without harm: by its first pages and
   * its size.
   *
   * @throws BadSnapshotException when it is not
   */
  public void checkKind() throws IOException {
    ByteBuffer first = head(0);
    if (first.getInt(MAGIC_AT) == BBOLT_MAGIC) {
      throw new BadSnapshotException(
          "snapshot " + path + " is one of etcd (bbolt), not of Quorate");
    }
    int pageBytes = first.getInt(PAGE_BYTES_AT);
    if (first.getInt(MAGIC_AT) != LMDB_MAGIC
        || pageBytes < PAD_BYTES
        || pageBytes > LMDB_PAGE_BYTES_MAX
        || Integer.bitCount(pageBytes) != 1) {
      throw foreign();
    }
    int version = first.getInt(VERSION_AT);
    if (version != LMDB_VERSION) {
      throw new BadSnapshotException(
          "snapshot "
              + path
              + " has LMDB data format "
              + version
              + ", but this version only knows format "
              + LMDB_VERSION);
    }
    ByteBuffer second = head(pageBytes);
    if (second.getInt(MAGIC_AT) != LMDB_MAGIC) {
      throw foreign();
    }
    // The newer of the two is the one that counts.
    ByteBuffer newest = second.getLong(TXN_AT) > first.getLong(TXN_AT) ? second : first;
    long pages = newest.getLong(LAST_PAGE_AT) + 1;
    if (pages < 2 || pages > storeBytes / pageBytes) {
      throw new BadSnapshotException(
          "snapshot "
              + path
              + " is truncated or damaged: it has "
              + storeBytes
              + " bytes, and should have "
              + Long.toUnsignedString(pages)
              + " pages of "
              + pageBytes);
    }
  }

  private BadSnapshotException foreign() {
    return new BadSnapshotException("snapshot " + path + " is not one of Quorate");
  }

  private ByteBuffer head(long at) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (head.hasRemaining() && channel.read(head, at + head.position()) >= 0) {
      // Reads on; what is beyond the end stays zero.
    }
    return head;
  }

  /**
   * Reads all of it and compares its digest, if it has one.
   *
   * @param progress is told how many bytes were read
   * @return the SHA-256 of the store
   * @throws BadSnapshotException when the two differ
   */
  public Bytes verify(LongConsumer progress) throws IOException {
    return pass(bytes -> {}, true, progress);
  }

  /**
   * Makes what is here the only generation of the store in {@code dir}, which is empty; durable
   * when this returns.
   *
   * @param checked whether the digest is compared
   * @param progress is told how many bytes were copied
   * @return the SHA-256 of the store
   * @throws BadSnapshotException when the digest is compared and differs
   */
  public Bytes copyTo(Path dir, boolean checked, LongConsumer progress) throws IOException {
    Path data = Generations.createFirst(dir);
    try (FileChannel to =
        FileChannel.open(
            data,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      Bytes digest =
          pass(
              bytes -> {
                while (bytes.hasRemaining()) {
                  to.write(bytes);
                }
              },
              checked,
              progress);
      to.force(true);
      Generations.sync(data.resolveSibling(""));
      return digest;
    }
  }

  private Bytes pass(Sink sink, boolean checked, LongConsumer progress) throws IOException {
    MessageDigest sum = sha256();
    ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
    long at = 0;
    while (at < storeBytes) {
      buffer.clear().limit((int) Math.min(COPY_BYTES, storeBytes - at));
      readFully(buffer, at);
      at += buffer.limit();
      sum.update(buffer.array(), 0, buffer.limit());
      sink.take(buffer.flip());
      progress.accept(at);
    }
    byte[] found = sum.digest();
    if (checked && digested) {
      ByteBuffer said = ByteBuffer.allocate(DIGEST_BYTES);
      readFully(said, storeBytes);
      if (!MessageDigest.isEqual(said.array(), found)) {
        throw new BadSnapshotException(
            "expected sha256 " + numbers(said.array()) + ", got " + numbers(found));
      }
    }
    return Bytes.wrap(found);
  }

  private void readFully(ByteBuffer buffer, long at) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw new BadSnapshotException("snapshot " + path + " became shorter while it was read");
      }
    }
  }

  /** As Go prints bytes. */
  private static String numbers(byte[] bytes) {
    int[] unsigned = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      unsigned[i] = Byte.toUnsignedInt(bytes[i]);
    }
    return Arrays.toString(unsigned).replace(",", "");
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /**
   * Reads every row of the store, and its checksum. To be called after {@link #checkKind}.
   *
   * @param progress is told about how many bytes were read
   * @throws BadSnapshotException when it is damaged, or not a store of ours
   */
  public Facts facts(LongConsumer progress) throws IOException {
    try (SnapshotReading reading = new SnapshotReading(path, storeBytes)) {
      return reading.facts(progress);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
