package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tests of a program that embeds members and is still at JUnit 5, with a pom of its own. */
class JUnit5IT {
  private static final Duration RUN_WITHIN = Duration.ofMinutes(5);

  @TempDir Path folder;

  @Test
  void membersRunInTestsOfJUnit5() throws Exception {
    Optional<Path> mvn = Servers.onPath("mvn");
    if (mvn.isEmpty()) {
      Servers.leftOut("JUnit 5", "no mvn on PATH");
      return;
    }
    Path project = ForeignClientsIT.copied("junit5", folder.resolve("junit5"));
    Path jar = Path.of("target", "dist", "quorate.jar").toAbsolutePath();
    assertThat(jar).exists();
    Program.Result result =
        Program.run(
            List.of(mvn.get().toString(), "-B", "test", "-Dquorate.jar=" + jar),
            project,
            folder.resolve("output.txt"),
            "",
            RUN_WITHIN);
    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(result.output()).contains("Tests run: 6, Failures: 0, Errors: 0, Skipped: 0");
  }
}
