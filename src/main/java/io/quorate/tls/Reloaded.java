package io.quorate.tls;

import io.quorate.base.OneLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What files say, read again whenever it is asked for: certificates are renewed while members run.
 * Files that cannot be used are told once, and what they said before stays in use, so that one half
 * of a pair may be replaced before the other. Safe for threads; reads small files of local disks.
 */
final class Reloaded<T> {
  /** The largest file, in bytes. */
  static final int FILE_BYTES_MAX = 1024 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Reloaded.class);

  /** Makes sense of the contents of files, in their order. */
  interface Parser<T> {
    T parse(List<String> contents) throws GeneralSecurityException;
  }

  /** What is in the files, or why they cannot be read. */
  private record Seen(List<String> contents, String failure) {}

  private final List<Path> files;
  private final Parser<T> parser;
  private Seen seen;
  private T good;

  private Reloaded(List<Path> files, Parser<T> parser, Seen seen, T good) {
    this.files = files;
    this.parser = parser;
    this.seen = seen;
    this.good = good;
  }

  /** Reads {@code files} for the first time, when there is nothing else to use. */
  static <T> Reloaded<T> open(List<Path> files, Parser<T> parser) throws IOException {
    Seen seen = read(files);
    if (!seen.failure().isEmpty()) {
      throw new IOException(seen.failure());
    }
    try {
      return new Reloaded<>(files, parser, seen, parser.parse(seen.contents()));
    } catch (GeneralSecurityException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** What the files say now, or said when they were good last. */
  synchronized T get() {
    Seen now = read(files);
    if (!now.equals(seen)) {
      seen = now;
      String failure = now.failure();
      if (failure.isEmpty()) {
        try {
          good = parser.parse(now.contents());
          LOG.info("read {} anew", files);
        } catch (GeneralSecurityException e) {
          failure = OneLine.of(String.valueOf(e.getMessage()));
        }
      }
      if (!failure.isEmpty()) {
        LOG.warn("cannot use {}, what it held before stays in use: {}", files, failure);
      }
    }
    return good;
  }

  private static Seen read(List<Path> files) {
    List<String> contents = new ArrayList<>();
    for (Path file : files) {
      try {
        if (Files.size(file) > FILE_BYTES_MAX) {
          return new Seen(List.of(), "read " + file + ": more than " + FILE_BYTES_MAX + " bytes");
        }
        contents.add(Files.readString(file, StandardCharsets.ISO_8859_1));
      } catch (NoSuchFileException e) {
        return new Seen(List.of(), "open " + file + ": no such file or directory");
      } catch (AccessDeniedException e) {
        return new Seen(List.of(), "open " + file + ": permission denied");
      } catch (IOException e) {
        return new Seen(List.of(), "read " + file + ": " + e.getMessage());
      }
    }
    return new Seen(contents, "");
  }
}
