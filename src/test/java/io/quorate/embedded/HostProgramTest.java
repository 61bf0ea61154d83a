package io.quorate.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs with members in them, as JVMs of their own. */
class HostProgramTest {
  @TempDir Path dir;

  /** Runs {@link HostProgram}; it is killed when it does not end. */
  private String run(String classPath, List<String> jvmFlags, String... args) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(jvmFlags);
    command.addAll(List.of("-cp", classPath, HostProgram.class.getName()));
    command.addAll(Arrays.asList(args));
    Path output = dir.resolve("output.txt");
    Process process =
        new ProcessBuilder(command)
            .directory(dir.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(90, TimeUnit.SECONDS);
    process.destroyForcibly().waitFor();
    String text = Files.readString(output);
    assertThat(ended).as("ends without a close: " + text).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  private static String withoutLogback() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains("logback"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static List<Path> foldersInMemory() throws Exception {
    Path shared = Path.of("/dev/shm");
    if (!Files.isDirectory(shared)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(shared)) {
      return files.filter(file -> file.getFileName().toString().startsWith(Home.PREFIX)).toList();
    }
  }

  @Test
  void worksWithoutFlagsOfTheJvmAndLogsToTheProgramsOwnBinding() throws Exception {
    String output = run(withoutLogback(), List.of("-Dslf4j.provider=" + HostLog.class.getName()));
    assertThat(output).contains("got [v]", "ready at [http://127.0.0.1:");
    assertThat(output).contains("host log: io.quorate.");
  }

  @Test
  void leavesNoHookBehindAndNoFolderWhenTheProgramEndsWithoutClosing() throws Exception {
    List<Path> before = foldersInMemory();
    String output =
        run(
            System.getProperty("java.class.path"),
            List.of("--add-opens=java.base/java.lang=ALL-UNNAMED"),
            "hooks");
    assertThat(output).contains("hooks left: []", "ready at [http://127.0.0.1:");
    assertThat(before).containsAll(foldersInMemory());
  }
}
