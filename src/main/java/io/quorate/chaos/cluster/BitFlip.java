package io.quorate.chaos.cluster;

import io.quorate.base.SeededRandom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * One bit of a file that was turned, in a part that is not all zeros. A store keeps pages that it
 * uses no more: there nobody finds it.
 *
 * @param file which file
 * @param offset which byte of it
 * @param before the byte as it was, 0 to 255
 * @param after the byte as it is
 */
public record BitFlip(Path file, long offset, int before, int after) {
  private static final int BLOCK_BYTES = 4096;
  private static final long FILES_BYTES_MAX = 4L << 30;
  private static final byte[] ZEROS = new byte[BLOCK_BYTES];
  private static final int BYTE_MASK = 0xff;

  /** In which files. */
  public enum Where {
    /** Those of the log of Raft. */
    LOG,
    /** Those of the keys and values. */
    STORE
  }

  private record Block(Path file, long offset) {}

  /** The files of a member: docs/DATA.md says where ours lie. */
  static List<Path> files(Path dataDir, Program.Kind kind, Where where) throws IOException {
    Path member = dataDir.resolve("member");
    if (kind == Program.Kind.ETCD) {
      return where == Where.LOG
          ? list(member.resolve("wal"), ".wal")
          : list(member.resolve("snap"), "db");
    }
    if (where == Where.LOG) {
      return list(member.resolve("journal"), ".log");
    }
    Path store = member.resolve("store");
    String current = Files.readString(store.resolve("CURRENT")).strip();
    return list(store.resolve(current), "data.mdb");
  }

  private static List<Path> list(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  /** Turns a bit of one of some files, and syncs it. Equal files and luck give the same one. */
  static BitFlip in(List<Path> files, SeededRandom luck) throws IOException {
    List<Block> used = new ArrayList<>();
    long left = FILES_BYTES_MAX;
    for (Path file : files) {
      left -= Files.size(file);
      if (left < 0) {
        throw new IOException(files + " have more than " + FILES_BYTES_MAX + " bytes");
      }
      addUsed(file, used);
    }
    if (used.isEmpty()) {
      throw new NoSuchFileException(files + " hold nothing but zeros");
    }
    Block block = used.get(luck.nextInt(used.size()));
    try (FileChannel channel =
        FileChannel.open(block.file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      byte[] bytes = read(channel, block.offset());
      List<Integer> places = places(bytes);
      int place = places.get(luck.nextInt(places.size()));
      int before = bytes[place] & BYTE_MASK;
      int after = before ^ (1 << luck.nextInt(Byte.SIZE));
      channel.write(ByteBuffer.wrap(new byte[] {(byte) after}), block.offset() + place);
      channel.force(true);
      return new BitFlip(block.file(), block.offset() + place, before, after);
    }
  }

  private static void addUsed(Path file, List<Block> used) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      for (long offset = 0; offset < size; offset += BLOCK_BYTES) {
        if (!Arrays.equals(read(channel, offset), ZEROS)) {
          used.add(new Block(file, offset));
        }
      }
    }
  }

  private static byte[] read(FileChannel channel, long offset) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BLOCK_BYTES);
    long from = offset;
    for (int length = 0; length >= 0 && buffer.hasRemaining(); from += length) {
      length = channel.read(buffer, from);
    }
    return buffer.array();
  }

  private static List<Integer> places(byte[] bytes) {
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        places.add(i);
      }
    }
    return places;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s: byte %d was %02x, is %02x", file, offset, before, after);
  }
}
