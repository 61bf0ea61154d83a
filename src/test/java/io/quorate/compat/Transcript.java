package io.quorate.compat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One file of recorded answers: cases that run one after another on one fresh server.
 *
 * <pre>
 * # a comment
 * server --max-txn-ops 4
 *
 * case put_without_a_key
 * Put value: "v"
 * ----
 * INVALID_ARGUMENT etcdserver: key is not provided
 * </pre>
 *
 * <p>A line that begins with a blank continues the statement before it. The answer ends at the
 * first empty line. Behind a second divider, {@value #OURS}, stands what Quorate answers where it
 * differs on purpose. Comments, order and our answers survive {@link #withAnswers}.
 */
record Transcript(Path path, List<String> serverFlags, List<Case> cases) {
  /** What stands between a request and its answer. */
  static final String DIVIDER = "----";

  /** What stands between the reference's answer and ours, where they differ on purpose. */
  static final String OURS = "---- quorate";

  /** Some statements, what the reference answered to them, and what we answer. */
  record Case(
      String name, int line, List<String> statements, List<String> answer, List<String> ours) {}

  static Transcript read(Path path) throws IOException {
    List<String> lines = Files.readAllLines(path, StandardCharsets.UTF_8);
    List<String> flags = new ArrayList<>();
    List<Case> cases = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("server ")) {
        flags.addAll(List.of(line.substring("server ".length()).trim().split("\\s+")));
      } else if (line.startsWith("case ")) {
        cases.add(readCase(path, lines, i));
        i = endOfAnswer(lines, divider(path, lines, i));
      } else {
        throw new IllegalStateException(path + ":" + (i + 1) + ": neither a case nor a comment");
      }
    }
    return new Transcript(path, List.copyOf(flags), List.copyOf(cases));
  }

  private static Case readCase(Path path, List<String> lines, int at) {
    int divider = divider(path, lines, at);
    List<String> statements = new ArrayList<>();
    for (String line : lines.subList(at + 1, divider)) {
      if (line.startsWith(" ")) {
        int last = statements.size() - 1;
        statements.set(last, statements.get(last) + " " + line.trim());
      } else if (!line.startsWith("#")) {
        statements.add(line);
      }
    }
    List<String> answer = List.copyOf(lines.subList(divider + 1, endOfAnswer(lines, divider)));
    int second = answer.indexOf(OURS);
    List<String> ours = answer.subList(second + 1, answer.size());
    List<String> theirs = second < 0 ? answer : answer.subList(0, second);
    String name = lines.get(at).substring("case ".length()).trim();
    return new Case(name, at + 1, List.copyOf(statements), theirs, ours);
  }

  private static int divider(Path path, List<String> lines, int from) {
    for (int i = from; i < lines.size() && !lines.get(i).isBlank(); i++) {
      if (lines.get(i).equals(DIVIDER)) {
        return i;
      }
    }
    throw new IllegalStateException(path + ":" + (from + 1) + ": a case without " + DIVIDER);
  }

  private static int endOfAnswer(List<String> lines, int divider) {
    int end = divider + 1;
    while (end < lines.size() && !lines.get(end).isBlank()) {
      end++;
    }
    return end;
  }

  /** The text of this file with other answers, by name of the case. */
  List<String> withAnswers(Map<String, List<String>> answers) throws IOException {
    List<String> lines = Files.readAllLines(path, StandardCharsets.UTF_8);
    List<String> out = new ArrayList<>();
    String name = "";
    boolean skipping = false;
    for (String line : lines) {
      skipping = skipping && !line.isBlank() && !line.equals(OURS);
      if (line.startsWith("case ")) {
        name = line.substring("case ".length()).trim();
      }
      if (!skipping) {
        out.add(line);
      }
      if (line.equals(DIVIDER)) {
        out.addAll(answers.getOrDefault(name, List.of()));
        skipping = true;
      }
    }
    return out;
  }
}
