package io.quorate.server;

import io.quorate.node.DurableFile;
import io.quorate.server.MemberIdentity.Founder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The file that says whose a data directory is: lines of {@code key=value} in UTF-8, the format's
 * number first. It is replaced as a whole, by rename, and never changed in place.
 */
final class IdentityFile {
  static final String NAME = "identity";

  /** Of everything under {@code member}; a directory with a higher number is refused. */
  static final int FORMAT = 1;

  private static final int SIZE_MAX_BYTES = 64 * 1024;

  /** Begins the key of a founder; its id follows. The value is its URLs, a blank and its name. */
  private static final String FOUNDER = "founder.";

  private IdentityFile() {}

  /** What {@code file} says; empty when there is no such file. */
  static Optional<DataDir.Owner> read(Path file) throws ConfigException {
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
    MemberIdentity identity =
        new MemberIdentity(
            id(file, lines.get("cluster-id")), id(file, lines.get("member-id")), name);
    return Optional.of(new DataDir.Owner(identity, founders(file, lines)));
  }

  private static List<Founder> founders(Path file, Map<String, String> lines)
      throws ConfigException {
    List<Founder> founders = new ArrayList<>();
    for (Map.Entry<String, String> line : lines.entrySet()) {
      if (!line.getKey().startsWith(FOUNDER)) {
        continue;
      }
      String[] urlsAndName = line.getValue().split(" ", 2);
      if (urlsAndName.length < 2) {
        throw damaged(file, "no name of a founder");
      }
      founders.add(
          new Founder(
              id(file, line.getKey().substring(FOUNDER.length())),
              urlsAndName[1],
              List.of(urlsAndName[0].split(","))));
    }
    founders.sort(Founder.BY_ID);
    return founders;
  }

  /** Writes {@code owner} into {@code dir}, durably. */
  static void write(Path dir, DataDir.Owner owner) throws IOException {
    byte[] text = text(owner).getBytes(StandardCharsets.UTF_8);
    if (text.length > SIZE_MAX_BYTES) {
      throw new IOException("identity of more than " + SIZE_MAX_BYTES + " bytes");
    }
    DurableFile.replace(dir.resolve(NAME), text);
  }

  private static String text(DataDir.Owner owner) {
    MemberIdentity identity = owner.identity();
    StringBuilder text = new StringBuilder("format=").append(FORMAT).append('\n');
    text.append("cluster-id=").append(MemberIdentity.hex(identity.clusterId())).append('\n');
    text.append("member-id=").append(MemberIdentity.hex(identity.memberId())).append('\n');
    text.append("name=").append(oneLine(identity.name())).append('\n');
    for (Founder founder : owner.founders()) {
      text.append(FOUNDER).append(MemberIdentity.hex(founder.id())).append('=');
      text.append(String.join(",", founder.peerUrls())).append(' ');
      text.append(oneLine(founder.name())).append('\n');
    }
    return text.toString();
  }

  private static String oneLine(String name) {
    return name.replace('\n', ' ').replace('\r', ' ');
  }

  private static Map<String, String> lines(String text) {
    Map<String, String> lines = new TreeMap<>();
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
