package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares answers with those of the reference, recorded in {@code compat/recorded/}.
 *
 * <p>With {@code QUORATE_PEERS} the reference itself is run over the same cases, too, so that a
 * record that has become wrong is seen. {@code compat/record} writes the records anew.
 */
class RecordedAnswersIT {
  private static final Path RECORDED = Path.of("compat/recorded");

  /** Ends the name of a case that a server may also answer by UNIMPLEMENTED. */
  private static final String LATER = "(later)";

  private static final String REFERENCE = "reference";

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicContainer> answersAsTheReference() throws IOException {
    if (Boolean.getBoolean("compat.record")) {
      return Stream.of(containerOf("record", Servers.reference().orElseThrow(), true));
    }
    DynamicContainer ours = containerOf("under test", Servers.underTest(), false);
    if (Servers.reference().isEmpty()) {
      Servers.leftOut("the reference beside its recorded answers", "QUORATE_PEERS is not set");
      return Stream.of(ours);
    }
    return Stream.of(ours, containerOf(REFERENCE, Servers.reference().get(), false));
  }

  private DynamicContainer containerOf(String label, List<String> command, boolean record)
      throws IOException {
    List<DynamicContainer> files = new ArrayList<>();
    String only = System.getProperty("compat.only", "");
    try (Stream<Path> paths = Files.list(RECORDED)) {
      for (Path path : paths.filter(p -> p.toString().endsWith(".txt")).sorted().toList()) {
        if (path.toString().contains(only)) {
          files.add(file(label, command, Transcript.read(path), record));
        }
      }
    }
    return DynamicContainer.dynamicContainer(label, files);
  }

  private DynamicContainer file(
      String label, List<String> command, Transcript transcript, boolean record) {
    Map<String, List<String>> seen = new LinkedHashMap<>();
    List<DynamicTest> tests = new ArrayList<>();
    String file = transcript.path().getFileName().toString();
    tests.add(
        DynamicTest.dynamicTest(
            "run " + file,
            () -> {
              Path own = Files.createDirectories(folder.resolve(label + "-" + file));
              try (TranscriptRunner runner = new TranscriptRunner(command, own, transcript)) {
                for (Transcript.Case one : transcript.cases()) {
                  seen.put(one.name(), answer(runner, one, record));
                }
              }
              if (record) {
                Files.write(transcript.path(), transcript.withAnswers(seen));
              }
            }));
    if (!record) {
      for (Transcript.Case one : transcript.cases()) {
        List<String> expected = label.equals(REFERENCE) ? one.answer() : one.ours();
        tests.add(compared(transcript, one, expected, seen));
      }
    }
    return DynamicContainer.dynamicContainer(file, tests);
  }

  /** A case that fails is compared like any other, so that one of them does not hide the rest. */
  private static List<String> answer(TranscriptRunner runner, Transcript.Case one, boolean record)
      throws Exception {
    try {
      return runner.run(one);
    } catch (Exception e) {
      if (record) {
        throw e;
      }
      return List.of("failed: " + e);
    }
  }

  private static DynamicTest compared(
      Transcript transcript,
      Transcript.Case one,
      List<String> expected,
      Map<String, List<String>> seen) {
    return DynamicTest.dynamicTest(
        one.name(),
        () -> {
          List<String> answer = seen.get(one.name());
          if (one.name().endsWith(LATER) && answer != null && allUnimplemented(answer)) {
            return;
          }
          assertThat(answer)
              .as("%s:%d%n%s", transcript.path(), one.line(), String.join("\n", one.statements()))
              .isEqualTo(expected);
        });
  }

  private static boolean allUnimplemented(List<String> answer) {
    return answer.stream().allMatch(line -> line.startsWith("UNIMPLEMENTED"));
  }
}
