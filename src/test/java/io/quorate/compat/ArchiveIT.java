package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code quorate archive} makes holds what a start needs, alone and in a cluster. */
class ArchiveIT {
  private static final String ARCHIVED = "shared objects file";

  /** Who leads, and who is late, is different each time. */
  private static final int OURS_MAX = 20;

  /** A start without an archive of lambdas spins five hundred. */
  private static final int SPUN_MAX = 40;

  @TempDir Path folder;

  private Path dist;

  @BeforeEach
  void archive() throws Exception {
    dist = folder.resolve("dist");
    Path built = Path.of("target/dist");
    try (Stream<Path> files = Files.walk(built)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (!file.startsWith(built.resolve("archive"))) {
          Files.copy(file, dist.resolve(built.relativize(file)));
        }
      }
    }
    Process process =
        new ProcessBuilder("env", "QUORATE_DIST=" + dist, "bin/quorate", "archive")
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void theClassesOfAStartAreInIt() throws Exception {
    List<String> command =
        List.of(
            "env",
            "QUORATE_DIST=" + dist,
            "QUORATE_JAVA_OPTS=-Xlog:class+load:file=" + folder + "/classes-%p.log",
            Path.of("bin/quorate").toAbsolutePath().toString(),
            "serve");
    List<ServerProcess> servers = ServerProcess.cluster(3, command, folder, List.of());
    try {
      ServerProcess.startAll(servers);
    } finally {
      servers.forEach(ServerProcess::close);
    }
    List<Path> logs = logs();
    assertThat(logs).hasSize(3);
    for (Path log : logs) {
      List<String> loaded = Files.readAllLines(log);
      List<String> added = loaded.stream().filter(line -> !line.contains(ARCHIVED)).toList();
      assertThat(added.stream().filter(line -> line.contains(" io.quorate.")).toList())
          .as("ours that are not archived")
          .hasSizeLessThan(OURS_MAX);
      assertThat(added.stream().filter(line -> line.contains("$$Lambda")).toList())
          .as("lambdas that are not archived")
          .hasSizeLessThan(SPUN_MAX);
    }
  }

  private List<Path> logs() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith("classes-")).toList();
    }
  }
}
