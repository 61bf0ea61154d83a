package io.quorate.chaos.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A program that does faults to a cluster which the harness does not own. It is called as
 *
 * <ul>
 *   <li>{@code HOOK kinds}: prints which kinds of fault it can do, separated by blanks or lines;
 *   <li>{@code HOOK begin KIND MEMBER...}: does one to these members, and ends once it works;
 *   <li>{@code HOOK end KIND MEMBER...}: takes it back, and prints in a line what was seen of it;
 *       nothing if it took no effect.
 * </ul>
 *
 * Another status than 0, or more time than {@link #WITHIN}, is a failure. One thread at a time.
 */
public final class Hook {
  /** How long one call may take: somebody may have to restart all members, one by one. */
  public static final Duration WITHIN = Duration.ofMinutes(5);

  private final List<String> command;

  /** The program and its first arguments. */
  public Hook(List<String> command) {
    this.command = List.copyOf(command);
  }

  /** The names of the faults that it can do. */
  public List<String> kinds() throws IOException {
    return Arrays.stream(call(List.of("kinds")).strip().split("\\s+"))
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /** Does a fault to some members, by their names. */
  public void begin(String kind, List<String> members) throws IOException {
    call(line("begin", kind, members));
  }

  /** Takes it back; what was seen of it, empty for nothing. */
  public String end(String kind, List<String> members) throws IOException {
    String said = call(line("end", kind, members)).strip();
    return said.substring(said.lastIndexOf('\n') + 1);
  }

  private static List<String> line(String verb, String kind, List<String> members) {
    List<String> line = new ArrayList<>(List.of(verb, kind));
    line.addAll(members);
    return line;
  }

  private String call(List<String> arguments) throws IOException {
    List<String> line = new ArrayList<>(command);
    line.addAll(arguments);
    return Command.run(WITHIN, line);
  }
}
