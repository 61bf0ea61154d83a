package io.quorate.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the disks of a member have left. It finds them once: to find a disk is to read the list of
 * all mounts, and this is asked several times a second. Any thread may ask; it may block.
 */
final class DiskSpace {
  private final Path journal;
  private final Path store;
  private volatile @Nullable Disks disks;

  private record Disks(FileStore journal, FileStore store) {}

  /** The disks that the two folders lie on, which need not be there yet. */
  DiskSpace(Path journal, Path store) {
    this.journal = journal;
    this.store = store;
  }

  /**
   * Bytes that the fuller of the disks still takes.
   *
   * @throws UncheckedIOException when the file system does not say
   */
  long usableBytes() {
    try {
      Disks found = disks;
      if (found == null) {
        found = new Disks(Files.getFileStore(journal), Files.getFileStore(store));
        disks = found;
      }
      return Math.min(found.journal().getUsableSpace(), found.store().getUsableSpace());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
