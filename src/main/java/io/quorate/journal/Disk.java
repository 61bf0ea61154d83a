package io.quorate.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** What the journal asks of a file system; tests put one that fails in its place. */
interface Disk {
  /** An open file. Reads at explicit offsets are safe from any thread, writes from one. */
  interface DiskFile extends Closeable {
    /** Writes all that remains in {@code from} at {@code offset}. */
    void write(ByteBuffer from, long offset) throws IOException;

    /** Reads up to what fits into {@code to}; returns -1 at the end of the file. */
    int read(ByteBuffer to, long offset) throws IOException;

    /** Returns once everything written is on the device. */
    void force() throws IOException;

    /** The length in bytes. */
    long size() throws IOException;
  }

  /** Creates {@code path}, replacing what is there, for reading and writing. */
  DiskFile create(Path path) throws IOException;

  /** Opens {@code path} for reading and writing. */
  DiskFile open(Path path) throws IOException;

  /** Opens {@code path} for reading. */
  DiskFile openReadOnly(Path path) throws IOException;

  /** Renames durably: returns once the directory is on the device. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes durably. */
  void delete(Path path) throws IOException;

  /** The file system of the machine. */
  Disk REAL = new RealDisk();

  /** Files by {@link FileChannel}. */
  final class RealDisk implements Disk {
    private RealDisk() {}

    @Override
    public DiskFile create(Path path) throws IOException {
      return new ChannelFile(
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE));
    }

    @Override
    public DiskFile open(Path path) throws IOException {
      return new ChannelFile(
          FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public DiskFile openReadOnly(Path path) throws IOException {
      return new ChannelFile(FileChannel.open(path, StandardOpenOption.READ));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      forceParent(to);
    }

    @Override
    public void delete(Path path) throws IOException {
      Files.deleteIfExists(path);
      forceParent(path);
    }

    /** Returns once the directory that holds {@code path} is on the device. */
    static void forceParent(Path path) throws IOException {
      Path parent = path.toAbsolutePath().getParent();
      if (parent != null) {
        try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
          directory.force(true);
        }
      }
    }
  }

  /** A {@link FileChannel} as a {@link DiskFile}. */
  record ChannelFile(FileChannel channel) implements DiskFile {
    @Override
    public void write(ByteBuffer from, long offset) throws IOException {
      long at = offset;
      while (from.hasRemaining()) {
        at += channel.write(from, at);
      }
    }

    @Override
    public int read(ByteBuffer to, long offset) throws IOException {
      return channel.read(to, offset);
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
