package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes with signals, round a member that serves nothing. */
class ProcessTest {
  @TempDir Path dir;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void endAll() {
    processes.forEach(Process::destroyForcibly);
  }

  private Process start(Path log, String... args) throws Exception {
    // Whoever runs the tests in the background ignores SIGINT, which a JVM would take over.
    return start(log, List.of("env", "--default-signal=INT,TERM"), args);
  }

  private Process start(Path log, List<String> wrapper, String... args) throws Exception {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            FakeMain.class.getName(),
            "--listen-client-urls=http://127.0.0.1:0",
            "--advertise-client-urls=http://127.0.0.1:1"));
    command.addAll(Arrays.asList(args));
    ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile());
    builder.environment().clear();
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private static void awaitLine(Path log, String text) {
    await().atMost(Duration.ofSeconds(20)).until(() -> Files.readString(log).contains(text));
  }

  private static void signal(String name, ProcessHandle process) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor())
        .isZero();
  }

  @Test
  void whoWaitsSeesASignalAndNoExitCode() throws Exception {
    // Only a shell tells the two apart: it has a word for a child that died of a signal.
    Path log = dir.resolve("shell.log");
    Process shell = start(log, List.of("/bin/sh", "-c", "\"$@\"; echo code=$?", "sh"));
    awaitLine(log, "ready to serve client requests");
    signal("TERM", shell.children().findFirst().orElseThrow());
    assertThat(shell.waitFor(5, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(log)).contains("Terminated", "code=143");
  }

  @Test
  void diesOfTheSignalThatEndedIt() throws Exception {
    for (String name : List.of("TERM", "INT")) {
      Path log = dir.resolve(name + ".log");
      Process process = start(log, "--name=" + name);
      awaitLine(log, "ready to serve client requests");
      signal(name, process.toHandle());
      assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(name.equals("TERM") ? 143 : 130);
      assertThat(Files.readString(log)).contains("received signal; shutting down", "\"stopped\"");
    }
  }

  @Test
  void secondProcessOnTheSameDirectoryIsRefused() throws Exception {
    Path log = dir.resolve("first.log");
    Process first = start(log);
    awaitLine(log, "ready to serve client requests");
    Path other = dir.resolve("second.log");
    Process second = start(other);
    assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(1);
    assertThat(Files.readString(other)).contains("is in use by process " + first.pid());
  }

  @Test
  void startsAgainAtOnceAfterBeingKilled() throws Exception {
    Path log = dir.resolve("first.log");
    Process first = start(log);
    awaitLine(log, "ready to serve client requests");
    first.destroyForcibly().waitFor();
    Path other = dir.resolve("second.log");
    start(other);
    awaitLine(other, "ready to serve client requests");
    assertThat(Files.readString(other)).contains("\"member-initialized\":true");
  }

  @Test
  void hostNameToListenOnIsRefused() throws Exception {
    Path log = dir.resolve("bad.log");
    Process process = start(log, "--listen-peer-urls=http://nowhere:1");
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(Files.readString(log)).contains("expected IP in URL for binding (http://nowhere:1)");
  }
}
