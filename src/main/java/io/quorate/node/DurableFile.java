package io.quorate.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Small files that a crash leaves as they were or as they are to be, never between: they are
 * written beside, synced and renamed. Blocks; one thread at a time for a file.
 */
public final class DurableFile {
  /** Ends the name of a file that was not yet renamed. */
  public static final String PART = ".part";

  private DurableFile() {}

  /** Makes {@code bytes} the whole of {@code file}, durably, whether it was there or not. */
  public static void replace(Path file, byte[] bytes) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + PART);
    try (FileChannel channel =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    syncName(file);
  }

  /** Removes {@code file}, durably, if it is there. */
  public static void remove(Path file) throws IOException {
    Files.deleteIfExists(file);
    syncName(file);
  }

  /** Makes durable under which name {@code file}, or directory, is there. */
  public static void syncName(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
