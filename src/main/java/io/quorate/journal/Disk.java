package io.quorate.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  /** Creates the folder {@code directory} durably, where there is none. */
  void createDirectories(Path directory) throws IOException;

  /**
   * Takes {@code directory} for this process until what it returns is closed; an {@link
   * IOException} if another one has it.
   */
  Closeable lock(Path directory) throws IOException;

  /** The files in {@code directory} whose names end in {@code suffix}, in the order of names. */
  List<Path> list(Path directory, String suffix) throws IOException;

  /** Creates {@code path}, replacing what is there, for reading and writing. */
  DiskFile create(Path path) throws IOException;

  /** Opens {@code path} for reading and writing. */
  DiskFile open(Path path) throws IOException;

  /** Opens {@code path} for reading; {@link NoSuchFileException} if there is none. */
  DiskFile openReadOnly(Path path) throws IOException;

  /** Renames durably: returns once the directory is on the device. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes durably. */
  void delete(Path path) throws IOException;

  /** The file system of the machine. */
  Disk REAL = new RealDisk(true);

  /** The same, for what need not outlive the machine: nothing is ever forced to the device. */
  Disk UNSYNCED = new RealDisk(false);

  /** Files by {@link FileChannel}. */
  final class RealDisk implements Disk {
    private static final Logger LOG = LoggerFactory.getLogger(RealDisk.class);

    private final boolean synced;

    private RealDisk(boolean synced) {
      this.synced = synced;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(directory);
        forceParent(directory);
      }
    }

    @Override
    public Closeable lock(Path directory) throws IOException {
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return channel;
        }
      } catch (OverlappingFileLockException e) {
        LOG.debug("journal in {} is open in this process", directory);
      } catch (IOException e) {
        channel.close();
        throw e;
      }
      channel.close();
      throw new IOException("journal in " + directory + " is in use by another process");
    }

    @Override
    public List<Path> list(Path directory, String suffix) throws IOException {
      List<Path> paths = new ArrayList<>();
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + suffix)) {
        files.forEach(paths::add);
      }
      Collections.sort(paths);
      return paths;
    }

    @Override
    public DiskFile create(Path path) throws IOException {
      return new ChannelFile(
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE),
          synced);
    }

    @Override
    public DiskFile open(Path path) throws IOException {
      return new ChannelFile(
          FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE), synced);
    }

    @Override
    public DiskFile openReadOnly(Path path) throws IOException {
      return new ChannelFile(FileChannel.open(path, StandardOpenOption.READ), synced);
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
    private void forceParent(Path path) throws IOException {
      if (!synced) {
        return;
      }
      Path parent = path.toAbsolutePath().getParent();
      if (parent != null) {
        try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
          directory.force(true);
        }
      }
    }
  }

  /**
   * A {@link FileChannel} as a {@link DiskFile}.
   *
   * @param synced whether {@link #force} does anything
   */
  record ChannelFile(FileChannel channel, boolean synced) implements DiskFile {
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
      if (synced) {
        channel.force(false);
      }
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
