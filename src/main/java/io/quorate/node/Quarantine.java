package io.quorate.node;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The mark on a store that is damaged. While it is there nothing of the store is read; the member
 * takes part in consensus with its log, which is whole, and answers nobody until it has another
 * member's state. The mark outlives crashes.
 *
 * @param reason what was found, in one line
 * @param roster the members as they were known then, who are asked for the state
 */
record Quarantine(String reason, Roster roster) {
  private static final String NAME = "quarantine";
  private static final int VERSION = 1;

  /** The mark of the store in {@code dir}; null if it has none. */
  static @Nullable Quarantine read(Path dir) throws IOException {
    Path file = dir.resolve(NAME);
    if (!Files.exists(file)) {
      return null;
    }
    ByteReader in = new ByteReader(Bytes.wrap(Files.readAllBytes(file)));
    int version = in.get();
    if (version != VERSION) {
      throw new IOException("quarantine format " + version + ", expected " + VERSION);
    }
    return new Quarantine(in.getText(), Roster.decode(in.getBytes()));
  }

  /** Marks the store in {@code dir}, durably. */
  void write(Path dir) throws IOException {
    Bytes bytes =
        new ByteWriter(512).put(VERSION).putText(reason).putBytes(roster.encode()).toBytes();
    DurableFile.replace(dir.resolve(NAME), bytes.toArray());
  }

  /** Takes the mark away, durably: the store is another one. */
  static void clear(Path dir) throws IOException {
    DurableFile.remove(dir.resolve(NAME));
  }
}
