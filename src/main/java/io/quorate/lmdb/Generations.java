package io.quorate.lmdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.CopyFlags;

/**
 * Which of the directories beside each other is the store: file {@code CURRENT} names it, and is
 * replaced in one rename.
 */
final class Generations {
  private static final String CURRENT = "CURRENT";
  private static final String PREFIX = "gen-";
  private static final String ASIDE = "copy-";
  private static final String IMPORT = "import-";
  private static final String PARTIAL = "partial";

  /** What LMDB calls its file. */
  private static final String DATA = "data.mdb";

  private Generations() {}

  /**
   * The current generation's directory, created when there is none; removes left-overs, but not the
   * rows of a snapshot that has not come whole.
   */
  static Path openCurrent(Path dir) throws IOException {
    removeAll(dir, ASIDE, dir);
    removeAll(dir, IMPORT, dir);
    Path pointer = dir.resolve(CURRENT);
    if (Files.exists(pointer)) {
      Path current = dir.resolve(Files.readString(pointer).strip());
      removeOthers(dir, current);
      return current;
    }
    Path first = dir.resolve(PREFIX + 1);
    removeOthers(dir, first);
    Files.createDirectories(first);
    makeCurrent(dir, first);
    return first;
  }

  /**
   * Makes the directory of the first generation in {@code dir}, which is empty; where its file is
   * to be.
   */
  static Path createFirst(Path dir) throws IOException {
    return Files.createDirectory(dir.resolve(PREFIX + 1)).resolve(DATA);
  }

  /** Removes all of them. */
  static void discard(Path dir) throws IOException {
    Files.deleteIfExists(dir.resolve(CURRENT));
    sync(dir);
    removeAll(dir, PREFIX, dir);
  }

  /** Copies {@code from}, compacted, to a new directory. */
  static Path copyNext(Path dir, Generation from) throws IOException {
    Path next = dir.resolve(PREFIX + (number(from.dir()) + 1));
    remove(next);
    Files.createDirectories(next);
    from.env().copy(next.toFile(), CopyFlags.MDB_CP_COMPACT);
    return next;
  }

  /** Copies {@code from}, compacted, to a directory of a name of its own. */
  static Path copyAside(Path dir, Generation from) throws IOException {
    Path copy = Files.createTempDirectory(dir, ASIDE);
    from.env().copy(copy.toFile(), CopyFlags.MDB_CP_COMPACT);
    return copy;
  }

  /** Makes an empty directory for a store to be imported, in the place of one that is partial. */
  static Path createImport(Path dir) throws IOException {
    Path partial = dir.resolve(PARTIAL);
    remove(partial);
    return Files.createDirectory(partial);
  }

  /** The store whose import has not ended; null if there is none. */
  static @Nullable Path partialImport(Path dir) {
    Path partial = dir.resolve(PARTIAL);
    return Files.exists(partial.resolve(DATA)) ? partial : null;
  }

  /** Removes the store whose import has not ended. */
  static void removePartial(Path dir) throws IOException {
    remove(dir.resolve(PARTIAL));
  }

  /** Names a store whose import has ended; one of its name is never gone on from. */
  static Path completeImport(Path partial) throws IOException {
    Path whole = Files.createTempDirectory(partial.resolveSibling(""), IMPORT);
    return Files.move(partial, whole, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Names an imported store as the generation that follows {@code current}. */
  static Path adopt(Path dir, Path imported, Path current) throws IOException {
    Path next = dir.resolve(PREFIX + (number(current) + 1));
    remove(next);
    Files.move(imported, next, StandardCopyOption.ATOMIC_MOVE);
    sync(dir);
    return next;
  }

  private static long number(Path generation) {
    return Long.parseLong(generation.getFileName().toString().substring(PREFIX.length()));
  }

  static void makeCurrent(Path dir, Path generation) throws IOException {
    Path fresh = dir.resolve(CURRENT + ".new");
    Files.writeString(fresh, generation.getFileName() + "\n", StandardCharsets.UTF_8);
    sync(fresh);
    Files.move(fresh, dir.resolve(CURRENT), StandardCopyOption.ATOMIC_MOVE);
    sync(dir);
  }

  static void removeOthers(Path dir, Path current) throws IOException {
    removeAll(dir, PREFIX, current);
  }

  private static void removeAll(Path dir, String prefix, Path except) throws IOException {
    List<Path> others;
    try (Stream<Path> all = Files.list(dir)) {
      others =
          all.filter(path -> path.getFileName().toString().startsWith(prefix))
              .filter(path -> !path.equals(except))
              .toList();
    }
    for (Path other : others) {
      remove(other);
    }
  }

  static void remove(Path generation) throws IOException {
    if (!Files.exists(generation)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(generation)) {
      files = all.toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
    Files.delete(generation);
  }

  static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
