package io.quorate.chaos.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A history as a file: one fact a line, in JSON. Writing is safe for threads. A file whose last
 * line is cut is one of a run that did not come to its end: it is read without that line.
 */
public final class HistoryFile implements AutoCloseable {
  /** The most facts that are read from a file: they have to fit into memory. */
  public static final int FACTS_MAX = 20_000_000;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  private final BufferedWriter out;

  private HistoryFile(BufferedWriter out) {
    this.out = out;
  }

  /** A new file; one that is there is not overwritten. */
  public static HistoryFile create(Path file) throws IOException {
    return new HistoryFile(
        Files.newBufferedWriter(
            file,
            StandardCharsets.UTF_8,
            java.nio.file.StandardOpenOption.CREATE_NEW,
            java.nio.file.StandardOpenOption.WRITE));
  }

  /** Writes one fact. */
  public synchronized void write(Fact fact) throws IOException {
    out.write(JSON.writerFor(Fact.class).writeValueAsString(fact));
    out.write('\n');
  }

  /** Hands what was written to the operating system. */
  public synchronized void flush() throws IOException {
    out.flush();
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }

  /**
   * Reads a file.
   *
   * @throws IOException naming the line that is not a fact, or if there are too many
   */
  public static History read(Path file) throws IOException {
    List<Fact> facts = new ArrayList<>();
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      String line = in.readLine();
      for (int number = 1; line != null; number++) {
        String next = in.readLine();
        try {
          facts.add(JSON.readerFor(Fact.class).readValue(line));
        } catch (JsonProcessingException e) {
          if (next != null) {
            throw new IOException(
                file + ": line " + number + " is no fact: " + e.getOriginalMessage(), e);
          }
        }
        if (facts.size() > FACTS_MAX) {
          throw new IOException(file + ": more than " + FACTS_MAX + " facts");
        }
        line = next;
      }
    }
    return new History(facts);
  }
}
