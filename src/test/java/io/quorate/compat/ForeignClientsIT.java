package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that others wrote, each a small program in {@code compat/} with its own build file, go
 * through keys, watches and leases of a running server.
 */
class ForeignClientsIT {
  private static final Duration BUILD_WITHIN = Duration.ofMinutes(5);
  private static final Duration RUN_WITHIN = Duration.ofMinutes(2);

  @TempDir Path folder;
  private ServerProcess server;

  @BeforeEach
  void startServer() {
    server = ServerProcess.start(Servers.underTest(), folder, List.of());
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void jetcdGoesThroughItsSteps() throws Exception {
    Optional<Path> mvn = Servers.onPath("mvn");
    if (mvn.isEmpty()) {
      Servers.leftOut("jetcd", "no mvn on PATH");
      return;
    }
    Path project = copied("jetcd");
    steps(
        project,
        mvn.get().toString(),
        "-q",
        "-B",
        "compile",
        "exec:java",
        "-Dexec.args=" + server.endpoint());
  }

  @Test
  void jetcdDoesTheTasks() throws Exception {
    Optional<Path> mvn = Servers.onPath("mvn");
    if (mvn.isEmpty()) {
      Servers.leftOut("jetcd", "no mvn on PATH");
      return;
    }
    assertThat(tasks(mvn.get().toString(), server.endpoint()))
        .contains("ok put-get", "ok compare-and-swap", "ok list", "ok watch")
        .contains("ok list-then-watch", "ok lease", "ok close");
  }

  /** Its locks and elections are services of etcd, which Quorate does not have. */
  @Test
  void jetcdDoesAllTasksWithTheReference() throws Exception {
    Optional<Path> mvn = Servers.onPath("mvn");
    Optional<List<String>> reference = Servers.reference();
    if (mvn.isEmpty() || reference.isEmpty()) {
      Servers.leftOut("jetcd's locks and elections", "no mvn on PATH or no QUORATE_PEERS");
      return;
    }
    Path own = Files.createDirectories(folder.resolve("reference"));
    try (ServerProcess etcd = ServerProcess.start(reference.get(), own, List.of())) {
      assertThat(tasks(mvn.get().toString(), etcd.endpoint(), "locks"))
          .contains("ok watch", "ok lock", "ok election", "ok close");
    }
  }

  private String tasks(String mvn, String... args) throws Exception {
    return run(
            RUN_WITHIN,
            copied("jetcd"),
            mvn,
            "-q",
            "-B",
            "compile",
            "exec:java",
            "-Dexec.mainClass=io.quorate.compat.jetcd.TaskSteps",
            "-Dexec.args=" + String.join(" ", args))
        .output();
  }

  @Test
  void goClientGoesThroughItsSteps() throws Exception {
    Optional<Path> go = Servers.onPath("go");
    if (go.isEmpty()) {
      Servers.leftOut("the Go client", "no go on PATH");
      return;
    }
    Path project = copied("go");
    run(BUILD_WITHIN, project, go.get().toString(), "build", "-mod=readonly", "-o", "steps", ".");
    steps(project, project.resolve("steps").toString(), server.endpoint());
  }

  @Test
  void nodeClientGoesThroughItsSteps() throws Exception {
    Optional<Path> npm = Servers.onPath("npm");
    Optional<Path> node = Servers.onPath("node");
    if (npm.isEmpty() || node.isEmpty()) {
      Servers.leftOut("the Node client", "no npm or no node on PATH");
      return;
    }
    Path project = copied("node");
    run(BUILD_WITHIN, project, npm.get().toString(), "ci", "--ignore-scripts", "--silent");
    steps(project, node.get().toString(), "steps.js", server.endpoint());
  }

  /** Runs the steps; the output of one that fails is the message. */
  private void steps(Path project, String... command) throws Exception {
    Program.Result result = run(RUN_WITHIN, project, command);
    assertThat(result.output()).contains("ok put", "ok txn", "ok lease");
  }

  private Program.Result run(Duration within, Path project, String... command) throws Exception {
    Program.Result result =
        Program.run(List.of(command), project, folder.resolve("output.txt"), "", within);
    assertThat(result.exit()).as(result.output() + "\n" + server.logEnd()).isZero();
    return result;
  }

  private Path copied(String name) throws IOException {
    return copied(name, folder.resolve(name));
  }

  /** A copy of a program's folder, so that building leaves nothing in the tree. */
  static Path copied(String name, Path to) throws IOException {
    Path from = Path.of("compat", name);
    try (var files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path inside = from.relativize(file);
        boolean built = inside.startsWith("target") || inside.startsWith("node_modules");
        if (Files.isRegularFile(file) && !built) {
          Files.createDirectories(to.resolve(inside).getParent());
          Files.copy(file, to.resolve(inside));
        }
      }
    }
    return to;
  }
}
