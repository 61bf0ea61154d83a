package io.quorate.utl;

import io.quorate.base.Bytes;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow.Publisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;

/**
 * Saves a snapshot in a file of its owner alone: first in one beside it, whose name ends in {@code
 * .part} and which takes the name of the other when it is whole and on the disk. So whatever fails,
 * a snapshot that was saved before is still there.
 */
final class SnapshotSave {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private final Path part;

  private SnapshotSave(Path file) {
    this.file = file;
    this.part = file.resolveSibling(file.getFileName() + ".part");
  }

  /**
   * Saves it. Blocks.
   *
   * @param snapshot is complete only if its digest is right
   * @param within how long all of it may take
   * @param progress is told how many bytes have come
   * @throws UtlException in etcd's words, where it has any
   */
  static void save(Publisher<Bytes> snapshot, Path file, Duration within, LongConsumer progress)
      throws UtlException {
    SnapshotSave save = new SnapshotSave(file);
    boolean opened = false;
    try (FileChannel to = save.open()) {
      opened = true;
      save.fetch(snapshot, to, within, progress);
      save.rename();
    } catch (IOException e) {
      throw failed("could not close file descriptor: " + reason(e), e);
    } finally {
      if (opened) {
        save.part.toFile().delete();
      }
    }
  }

  private FileChannel open() throws UtlException {
    try {
      // What another save has left may be open to others.
      Files.deleteIfExists(part);
      return FileChannel.open(
          part,
          Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
          PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    } catch (IOException e) {
      throw failed("could not open " + part + " (open " + part + ": " + reason(e) + ")", e);
    }
  }

  private void fetch(
      Publisher<Bytes> snapshot, FileChannel to, Duration within, LongConsumer progress)
      throws UtlException {
    SnapshotWriter writer = new SnapshotWriter(to, progress);
    snapshot.subscribe(writer);
    try {
      writer.written().get(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw failed("could not write snapshot: " + reason(cause), cause);
    } catch (TimeoutException e) {
      throw failed("context deadline exceeded", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("interrupted", e);
    }
    try {
      to.force(true);
    } catch (IOException e) {
      throw failed("could not fsync snapshot: " + reason(e), e);
    }
  }

  private void rename() throws UtlException {
    try {
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel folder =
          FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
        folder.force(true);
      }
    } catch (IOException e) {
      throw failed("could not rename " + part + " to " + file + " (" + reason(e) + ")", e);
    }
  }

  private static UtlException failed(String why, Throwable cause) {
    return new UtlException(UtlException.Exit.INTERRUPTED, why, cause);
  }

  private static String reason(Throwable e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException named && named.getReason() != null) {
      return named.getReason().toLowerCase(Locale.ROOT);
    }
    return String.valueOf(e.getMessage());
  }
}
