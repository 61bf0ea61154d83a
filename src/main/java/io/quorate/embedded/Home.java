package io.quorate.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder below which the members of a cluster lie: one that was given, or one in memory that
 * goes with the cluster. A JVM that ends without closing removes the latter by a hook, which is
 * there only as long as the cluster; what a JVM leaves that was killed is removed by the next start
 * of members in memory on the same machine.
 */
final class Home implements AutoCloseable {
  /** What folders in memory begin with. */
  static final String PREFIX = "quorate-embedded-";

  /** Held by the JVM to which a folder in memory belongs. */
  private static final String LOCK = "lock";

  /** Where Linux keeps files in memory. */
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  /** What must be free there for a member in bytes: below 224 MiB it would refuse writes. */
  private static final long MEMBER_BYTES_MIN = 512L << 20;

  /** A folder without a lock may be one that is just being made. */
  private static final Duration LEFT_OVER_AFTER = Duration.ofMinutes(1);

  private static final int REMOVE_TRIES_MAX = 10;

  /** Left-over folders that one start removes. */
  private static final int LEFT_OVER_MAX = 64;

  private static final Logger LOG = LoggerFactory.getLogger(Home.class);

  private final Path path;
  private final @Nullable FileChannel lock;
  private final @Nullable Thread hook;

  private Home(Path path, @Nullable FileChannel lock) {
    this.path = path;
    this.lock = lock;
    this.hook = lock == null ? null : new Thread(this::removeQuietly, "quorate-remove");
    if (hook != null) {
      Runtime.getRuntime().addShutdownHook(hook);
    }
  }

  /** The folder that {@code options} say, created where it is missing. */
  static Home of(QuorateOptions options) throws IOException {
    if (options.folder().isPresent()) {
      Path path = options.folder().get().toAbsolutePath().normalize();
      Files.createDirectories(path);
      return new Home(path, null);
    }
    return inMemory(memory(options.members()));
  }

  /** A folder that goes with the cluster, below {@code parent}. */
  static Home inMemory(Path parent) throws IOException {
    removeLeftOvers(parent, Instant.now().minus(LEFT_OVER_AFTER));
    Path path = Files.createTempDirectory(parent, PREFIX);
    FileChannel lock =
        FileChannel.open(
            path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    FileLock held = lock.tryLock();
    if (held == null) {
      lock.close();
      throw new IOException("folder " + path + " was just made and is not ours");
    }
    return new Home(path, lock);
  }

  /** Where files are in memory if there is room for them, else where temporary ones are. */
  private static Path memory(int members) {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      if (!Files.isDirectory(SHARED_MEMORY) || !Files.isWritable(SHARED_MEMORY)) {
        return temporary;
      }
      FileStore store = Files.getFileStore(SHARED_MEMORY);
      return store.type().equals("tmpfs") && store.getUsableSpace() >= members * MEMBER_BYTES_MIN
          ? SHARED_MEMORY
          : temporary;
    } catch (IOException e) {
      return temporary;
    }
  }

  /** Removes what JVMs that were killed have left below {@code parent} and not used since. */
  static void removeLeftOvers(Path parent, Instant before) throws IOException {
    List<Path> candidates;
    try (Stream<Path> all = Files.list(parent)) {
      candidates =
          all.filter(path -> String.valueOf(path.getFileName()).startsWith(PREFIX))
              .limit(LEFT_OVER_MAX)
              .toList();
    }
    for (Path candidate : candidates) {
      try {
        if (Files.getLastModifiedTime(candidate).toInstant().isBefore(before)
            && isLeft(candidate.resolve(LOCK))) {
          remove(candidate);
          LOG.atDebug().addKeyValue("folder", candidate).log("removed what a process has left");
        }
      } catch (IOException e) {
        // Somebody else's, or gone meanwhile: not worth failing a start.
        LOG.atDebug().addKeyValue("folder", candidate).setCause(e).log("left a folder where it is");
      }
    }
  }

  private static boolean isLeft(Path lock) throws IOException {
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  /** The folder itself. */
  Path path() {
    return path;
  }

  /** Whether it goes with the cluster. */
  boolean isInMemory() {
    return lock != null;
  }

  /** Removes the data of {@code members}, which have not served anybody. */
  void clear(List<String> members) throws IOException {
    for (String member : members) {
      remove(path.resolve(member));
    }
  }

  /** Removes it where it goes with the cluster. The members have ended. */
  @Override
  public void close() {
    if (hook == null) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM ends already, and the hook does the same.
      return;
    }
    removeQuietly();
  }

  /** In a JVM that ends the members still write, so that a folder may not be empty at once. */
  private void removeQuietly() {
    for (int tries = 1; ; tries++) {
      try {
        remove(path);
        if (lock != null) {
          lock.close();
        }
        return;
      } catch (IOException e) {
        if (tries == REMOVE_TRIES_MAX) {
          LOG.atWarn().addKeyValue("folder", path).setCause(e).log("failed to remove a folder");
          return;
        }
      }
    }
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.sorted(Comparator.reverseOrder()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }
}
