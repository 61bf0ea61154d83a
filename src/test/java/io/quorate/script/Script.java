package io.quorate.script;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.assertj.core.api.Assertions;

/**
 * Runs a readable transcript and compares it with what it should be. A file is a row of blocks:
 *
 * <pre>
 *   # comments and empty lines stand between blocks
 *   command argument name=value
 *   more input, until the dashes
 *   ----
 *   what the command should print, until the next empty line
 * </pre>
 *
 * With {@code -Drewrite=true} the files are written anew with what the commands print; such a
 * change is only to be kept by who can explain it.
 */
public final class Script {
  private static final Path ROOT = Path.of("src/test/resources/scripts");
  private static final String DASHES = "----";

  private Script() {}

  /** One command with its arguments and input lines. */
  public record Command(String name, List<String> arguments, List<String> input) {
    /** The value of {@code key=value}, or {@code otherwise}. */
    public String value(String key, String otherwise) {
      return arguments.stream()
          .filter(a -> a.startsWith(key + "="))
          .map(a -> a.substring(key.length() + 1))
          .findFirst()
          .orElse(otherwise);
    }

    /** The number in {@code key=value}, or {@code otherwise}. */
    public long number(String key, long otherwise) {
      return Long.parseLong(value(key, Long.toString(otherwise)));
    }

    /** Whether the word {@code flag} is among the arguments. */
    public boolean has(String flag) {
      return arguments.contains(flag);
    }

    /** The argument at {@code place}, which must be there. */
    public String at(int place) {
      Assertions.assertThat(arguments.size()).as("arguments of %s", name).isGreaterThan(place);
      return arguments.get(place);
    }

    /** The numbers in {@code key=(1,2,3)}; none without the key. */
    public List<Long> numbers(String key) {
      String list = value(key, "()").replace("(", "").replace(")", "");
      return Arrays.stream(list.split(",")).filter(s -> !s.isEmpty()).map(Long::valueOf).toList();
    }
  }

  /** The files below {@code scripts/folder}, in the order of their names. */
  public static List<Path> in(String folder) {
    try (var files = Files.list(ROOT.resolve(folder))) {
      return files.filter(f -> f.toString().endsWith(".txt")).sorted().toList();
    } catch (IOException e) {
      throw new IllegalStateException("cannot list scripts of " + folder, e);
    }
  }

  /** Runs {@code file}: {@code handler} gives what each command prints. */
  public static void run(Path file, Function<Command, String> handler) {
    try {
      String expected = Files.readString(file);
      String actual = replay(expected, handler);
      if (Boolean.getBoolean("rewrite")) {
        Files.writeString(file, actual);
      } else {
        Assertions.assertThat(actual).as("transcript of %s", file).isEqualTo(expected);
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot run " + file, e);
    }
  }

  /** The text of a script with the outputs that {@code handler} gives. */
  public static String replay(String text, Function<Command, String> handler) {
    StringBuilder out = new StringBuilder();
    List<String> lines = text.lines().toList();
    int i = 0;
    while (i < lines.size()) {
      String line = lines.get(i);
      if (line.isBlank() || line.startsWith("#")) {
        out.append(line).append('\n');
        i++;
        continue;
      }
      List<String> block = new ArrayList<>();
      while (i < lines.size() && !lines.get(i).equals(DASHES)) {
        block.add(lines.get(i++));
      }
      if (i == lines.size()) {
        throw new IllegalStateException("no " + DASHES + " behind: " + line);
      }
      i++;
      while (i < lines.size() && !lines.get(i).isBlank()) {
        i++;
      }
      block.forEach(l -> out.append(l).append('\n'));
      out.append(DASHES).append('\n');
      out.append(outputOf(block, handler));
    }
    return out.toString();
  }

  private static String outputOf(List<String> block, Function<Command, String> handler) {
    String[] words = block.get(0).trim().split("\\s+");
    Command command =
        new Command(
            words[0],
            List.of(words).subList(1, words.length),
            List.copyOf(block.subList(1, block.size())));
    String printed = Objects.requireNonNull(handler.apply(command)).stripTrailing();
    if (printed.contains("\n\n")) {
      throw new IllegalStateException("output with an empty line: " + command);
    }
    return printed.isEmpty() ? "ok\n" : printed + "\n";
  }
}
