package io.quorate.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The disk of the machine until told to fail: when it is full, or when it cannot sync. */
final class FailingDisk implements Disk {
  private volatile long freeBytes = Long.MAX_VALUE;
  private volatile boolean syncFails;
  private boolean syncs = true;

  /** Lets {@code bytes} more be written; then a write is cut short and fails. */
  void free(long bytes) {
    freeBytes = bytes;
  }

  /** A disk that never syncs, for tests that write much and do not lose power. */
  static FailingDisk withoutSyncs() {
    FailingDisk disk = new FailingDisk();
    disk.syncs = false;
    return disk;
  }

  void failSyncs(boolean fails) {
    syncFails = fails;
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    REAL.createDirectories(directory);
  }

  @Override
  public Closeable lock(Path directory) throws IOException {
    return REAL.lock(directory);
  }

  @Override
  public List<Path> list(Path directory, String suffix) throws IOException {
    return REAL.list(directory, suffix);
  }

  @Override
  public DiskFile create(Path path) throws IOException {
    return new FailingFile(REAL.create(path));
  }

  @Override
  public DiskFile open(Path path) throws IOException {
    return new FailingFile(REAL.open(path));
  }

  @Override
  public DiskFile openReadOnly(Path path) throws IOException {
    return REAL.openReadOnly(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    if (syncs) {
      REAL.rename(from, to);
    } else {
      Files.move(from, to);
    }
  }

  @Override
  public void delete(Path path) throws IOException {
    if (syncs) {
      REAL.delete(path);
    } else {
      Files.deleteIfExists(path);
    }
  }

  private final class FailingFile implements DiskFile {
    private final DiskFile file;

    FailingFile(DiskFile file) {
      this.file = file;
    }

    @Override
    public void write(ByteBuffer from, long offset) throws IOException {
      if (from.remaining() > freeBytes) {
        from.limit(from.position() + (int) freeBytes);
        freeBytes = 0;
        file.write(from, offset);
        throw new IOException("No space left on device");
      }
      freeBytes -= from.remaining();
      file.write(from, offset);
    }

    @Override
    public int read(ByteBuffer to, long offset) throws IOException {
      return file.read(to, offset);
    }

    @Override
    public void force() throws IOException {
      if (syncFails) {
        throw new IOException("Input/output error");
      }
      if (syncs) {
        file.force();
      }
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
