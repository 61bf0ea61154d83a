package io.quorate.compat;

import static io.quorate.chaos.check.Completeness.OPERATIONS_MIN;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.Main;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.HistoryFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Short runs of the harness against real members, by its own command line; a part of the faults,
 * which {@code bin/quorate chaos run} does all.
 *
 * <p>{@code -Dchaos.seconds=900} lets them last so long, {@code -Dchaos.seed} sets what is done.
 */
class ChaosIT {
  private static final int SECONDS = 20;
  private static final String FAULTS = "--faults=kill-leader,pause-leader,one-way,power-cut";

  /** A paused leader of etcd ends leases that its successor renews: see docs/CHAOS.md. */
  private static final String FAULTS_OF_ETCD = "--faults=kill-leader,one-way,power-cut";

  @TempDir Path folder;

  private int run(List<String> program, String... more) {
    return run(Servers.number("chaos.seconds", SECONDS), program, more);
  }

  private int run(long seconds, List<String> program, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "run",
                "--program=" + String.join(" ", program),
                "--time=" + seconds + "s",
                "--seed=" + Servers.number("chaos.seed", 1),
                "--out=" + folder.resolve("run")));
    arguments.addAll(List.of(more));
    return Main.execute(arguments.toArray(String[]::new));
  }

  private Path file(String name) {
    return folder.resolve("run").resolve(name);
  }

  private History history() throws IOException {
    return HistoryFile.read(file("history.jsonl"));
  }

  /** What a failure has to say: the end of the history says why a run was of no use. */
  private String why() throws IOException {
    return history().of(Fact.End.class).toString();
  }

  @Test
  void quorateKeepsItsPromises() throws IOException {
    int status = run(Servers.underTest(), FAULTS);
    assertThat(status).as(why()).isEqualTo(Main.HELD);
    assertThat(Files.readString(file("report.html"))).contains("every promise held");
    assertThat(history().of(Fact.Fault.class)).isNotEmpty();
    assertThat(Main.execute("check", file("history.jsonl").toString())).isEqualTo(Main.HELD);
  }

  @Test
  void etcdKeepsItsPromises() throws IOException {
    if (Servers.reference().isEmpty()) {
      Servers.leftOut("the chaos harness over etcd", "QUORATE_PEERS is not set");
      return;
    }
    int status = run(Servers.reference().get(), FAULTS_OF_ETCD);
    assertThat(status).as(why()).isEqualTo(Main.HELD);
  }

  @Test
  void letsClientsGoOnUntilEnoughWasAnswered() throws IOException {
    String[] slowly = {"--members=1", "--faults=compact", "--workloads=register", "--rate=5"};
    int status = run(1, Servers.underTest(), slowly);
    assertThat(status).as(why()).isEqualTo(Main.HELD);
    assertThat(history().of(Fact.Operation.class)).hasSizeLessThan(2 * OPERATIONS_MIN);
  }

  @Test
  void isNotContentWithAProgramThatIsNoMember() {
    assertThat(run(List.of("/bin/echo"))).isEqualTo(Main.INCONCLUSIVE);
    assertThat(run(List.of("/no/such/program"))).isEqualTo(Main.INCONCLUSIVE);
  }
}
