package io.quorate.seeded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * One mistake of {@code src/test/seeded}: facts, and the lines of a class of ours that go and those
 * that come. Immutable.
 *
 * <p>{@code -Dseeded=one,other} takes only those whose names have one of the texts.
 */
public final class SeededBug {
  /** Who looks for mistakes. */
  public enum Ring {
    /** Whole clusters in one thread, under a virtual clock. */
    SIMULATOR,
    /** Unit tests. */
    SCRIPTS,
    /** The chaos harness, against members that are processes. */
    HARNESS
  }

  private static final Path BUGS = Path.of("src/test/seeded");
  private static final Path SOURCES = Path.of("src/main/java");
  private static final String FOUND = ".bug";
  private static final String ESCAPES = ".escapes";
  private static final String PACKAGE = "io/quorate/";

  private final String file;
  private final Map<String, String> facts;
  private final String goes;
  private final String comes;

  private SeededBug(String file, Map<String, String> facts, String goes, String comes) {
    this.file = file;
    this.facts = facts;
    this.goes = goes;
    this.comes = comes;
  }

  /** All of them, by name, those that nothing is sure to find among them. */
  public static List<SeededBug> all() throws IOException {
    return list(name -> name.endsWith(FOUND) || name.endsWith(ESCAPES));
  }

  /** Those that {@code ring} must find, by name. */
  public static List<SeededBug> foundBy(Ring ring) throws IOException {
    return list(name -> name.endsWith(FOUND)).stream().filter(bug -> bug.isFor(ring)).toList();
  }

  private static List<SeededBug> list(Predicate<String> wanted) throws IOException {
    List<String> texts = List.of(System.getProperty("seeded", "").split(","));
    try (Stream<Path> files = Files.list(BUGS)) {
      List<String> names =
          files
              .map(file -> file.getFileName().toString())
              .filter(wanted)
              .filter(name -> texts.stream().anyMatch(name::contains))
              .sorted()
              .toList();
      List<SeededBug> bugs = new ArrayList<>();
      for (String each : names) {
        bugs.add(parse(each, Files.readAllLines(BUGS.resolve(each))));
      }
      return bugs;
    }
  }

  /** The mistake of a file: a fact a line, then the lines that go, and those that come. */
  static SeededBug parse(String file, List<String> lines) {
    Map<String, String> facts = new TreeMap<>();
    StringBuilder goes = new StringBuilder();
    StringBuilder comes = new StringBuilder();
    for (String line : lines) {
      @Nullable StringBuilder part =
          line.startsWith("-") ? goes : line.startsWith("+") ? comes : null;
      if (part != null) {
        part.append(line.substring(1)).append('\n');
      } else {
        facts.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
      }
    }
    return new SeededBug(file, facts, goes.toString(), comes.toString());
  }

  /** Its name: that of its file, without the ending. */
  public String name() {
    return file.substring(0, file.lastIndexOf('.'));
  }

  /** Whether nobody is sure to find it. */
  public boolean escapes() {
    return file.endsWith(ESCAPES);
  }

  /** What the mistake is, in a few words. */
  public String what() {
    return fact("what");
  }

  /** How many members a cluster is to have that shows it. */
  public int members() {
    return Integer.parseInt(fact("members"));
  }

  /** The first of the seeds of the simulator that are to show it. */
  public long firstSeed() {
    return Long.parseLong(fact("seeds").split("-")[0]);
  }

  /** The last of the seeds of the simulator that are to show it. */
  public long lastSeed() {
    return Long.parseLong(fact("seeds").split("-")[1]);
  }

  /** The room of the changed class, as in {@code raft} or {@code server.grpc}. */
  public String room() {
    String folder = changed().substring(PACKAGE.length(), changed().lastIndexOf('/'));
    return folder.startsWith("server/") ? folder.replace('/', '.') : folder.split("/")[0];
  }

  /** What the harness is to be told beside its defaults, flag by flag; mostly nothing. */
  public List<String> chaosFlags() {
    String flags = facts.getOrDefault("chaos", "");
    return flags.isEmpty() ? List.of() : List.of(flags.split(" "));
  }

  /** Whether {@code ring} must find it: the simulator, unless the file names others. */
  public boolean isFor(Ring ring) {
    return rings().contains(ring);
  }

  private Set<Ring> rings() {
    return Arrays.stream(facts.getOrDefault("rings", "simulator").split(", "))
        .map(label -> Ring.valueOf(label.toUpperCase(Locale.ROOT)))
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Ring.class)));
  }

  /** The names of all facts of its file. */
  Set<String> facts() {
    return facts.keySet();
  }

  /**
   * Compiles the class with the mistake in it.
   *
   * @param folder an empty one, for the source and the result
   * @return the folder of the class and of those within it, to be put before all others
   * @throws AssertionError if the lines that go are not there exactly once, or javac refuses it
   */
  public Path compile(Path folder) throws IOException {
    Path source = folder.resolve("source").resolve(changed());
    Files.createDirectories(source.getParent());
    Files.writeString(source, applied(Files.readString(SOURCES.resolve(changed()))));
    Path classes = Files.createDirectories(folder.resolve("classes"));
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-nowarn",
                "-proc:none",
                "-d",
                classes.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
    assertThat(result).as("javac").isZero();
    return classes;
  }

  /** {@code source}, the text of its class, with the mistake in it. */
  String applied(String source) {
    assertThat(source.split(Pattern.quote(goes), -1))
        .as("places of the lines that go in %s", changed())
        .hasSize(2);
    return source.replace(goes, comes);
  }

  private String changed() {
    return fact("file");
  }

  private String fact(String key) {
    String fact = facts.get(key);
    assertThat(fact).as("%s of %s", key, file).isNotNull();
    return fact;
  }

  /** Its name, for the reports of tests. */
  @Override
  public String toString() {
    return name();
  }
}
