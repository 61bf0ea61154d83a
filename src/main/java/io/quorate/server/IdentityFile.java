package io.quorate.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The file that says whose a data directory is: lines of {@code key=value} in UTF-8, the format's
 * number first. It is replaced as a whole, by rename, and never changed in place.
 */
final class IdentityFile {
  static final String NAME = "identity";
  static final String PART = ".part";

  /** Of everything under {@code member}; a directory with a higher number is refused. */
  static final int FORMAT = 1;

  private static final int SIZE_MAX_BYTES = 64 * 1024;

  private IdentityFile() {}

  /** The identity in {@code file}; empty when there is no such file. */
  static Optional<MemberIdentity> read(Path file) throws ConfigException {
    Map<String, String> lines;
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      if (Files.size(file) > SIZE_MAX_BYTES) {
        throw damaged(file, "larger than " + SIZE_MAX_BYTES + " bytes");
      }
      lines = lines(Files.readString(file));
    } catch (IOException e) {
      throw damaged(file, String.valueOf(e.getMessage()));
    }
    int format = format(file, lines.get("format"));
    if (format > FORMAT) {
      throw ConfigException.start(
          "data directory of "
              + file
              + " has format "
              + format
              + ", but this version only knows formats up to "
              + FORMAT);
    }
    String name = lines.get("name");
    if (name == null) {
      throw damaged(file, "no name");
    }
    return Optional.of(
        new MemberIdentity(
            id(file, lines.get("cluster-id")), id(file, lines.get("member-id")), name));
  }

  /** Writes {@code identity} into {@code dir}, durably. */
  static void write(Path dir, MemberIdentity identity) throws IOException {
    String text =
        "format="
            + FORMAT
            + "\ncluster-id="
            + MemberIdentity.hex(identity.clusterId())
            + "\nmember-id="
            + MemberIdentity.hex(identity.memberId())
            + "\nname="
            + identity.name().replace("\n", " ")
            + "\n";
    Path part = dir.resolve(NAME + PART);
    try (FileChannel channel =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(part, dir.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel channel = FileChannel.open(dir, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Map<String, String> lines(String text) {
    Map<String, String> lines = new HashMap<>();
    text.lines()
        .filter(line -> line.contains("="))
        .forEach(
            line -> {
              int equals = line.indexOf('=');
              lines.put(line.substring(0, equals), line.substring(equals + 1));
            });
    return lines;
  }

  private static int format(Path file, @Nullable String text) throws ConfigException {
    if (text == null || !text.matches("[0-9]{1,9}")) {
      throw damaged(file, "no format");
    }
    return Integer.parseInt(text);
  }

  private static long id(Path file, @Nullable String text) throws ConfigException {
    if (text == null || !text.matches("[0-9a-f]{1,16}")) {
      throw damaged(file, "no id");
    }
    return Long.parseUnsignedLong(text, 16);
  }

  private static ConfigException damaged(Path file, String why) {
    return ConfigException.start("identity file " + file + " is damaged: " + why);
  }
}
