package io.quorate.compat;

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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chaos harness and a cluster that it does not own. */
class ForeignClusterIT {
  /** Lets members stand still; their pids lie in files of their names. */
  private static final String HOOK =
      """
      #!/bin/sh -e
      cd "$(dirname "$0")"
      verb=$1
      [ "$verb" = kinds ] && { echo pause pause-leader; exit; }
      shift 2
      for member; do
        pid=$(cat "$member.pid")
        case $verb in
          begin) kill -STOP "$pid" ;;
          end)
            grep -q '^State:.T' "/proc/$pid/status" && echo "$member stood still"
            kill -CONT "$pid" ;;
        esac
      done
      """;

  @TempDir Path folder;

  private List<ServerProcess> servers = List.of();

  @AfterEach
  void closeAll() {
    servers.forEach(ServerProcess::close);
  }

  private String endpoints() {
    return String.join(",", servers.stream().map(ServerProcess::endpoint).toList());
  }

  private int run(String out, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("run", "--seed=1", "--out=" + folder.resolve(out)));
    arguments.addAll(List.of(more));
    return Main.execute(arguments.toArray(String[]::new));
  }

  private History history() throws IOException {
    return HistoryFile.read(folder.resolve("run").resolve("history.jsonl"));
  }

  @Test
  void suffersWhatAHookDoes() throws IOException {
    servers = ServerProcess.cluster(3, Servers.underTest(), folder, List.of());
    ServerProcess.startAll(servers);
    for (int i = 0; i < servers.size(); i++) {
      Files.writeString(folder.resolve("m" + (i + 1) + ".pid"), servers.get(i).pid() + "\n");
    }
    Path hook = folder.resolve("hook.sh");
    Files.writeString(hook, HOOK);
    assertThat(hook.toFile().setExecutable(true)).isTrue();
    int status = run("run", "--endpoints=" + endpoints(), "--hook=" + hook, "--time=15s");
    assertThat(status).as(history().of(Fact.End.class).toString()).isEqualTo(Main.HELD);
    assertThat(history().of(Fact.Fault.class))
        .anySatisfy(fault -> assertThat(fault.evidence()).endsWith(" stood still"))
        .allSatisfy(fault -> assertThat(fault.isProven()).isTrue());
    // It was left alone afterwards, and now it is no new cluster any more.
    assertThat(servers).allSatisfy(server -> assertThat(server.isAlive()).isTrue());
    assertThat(run("again", "--endpoints=" + endpoints())).isEqualTo(Main.INCONCLUSIVE);
  }

  @Test
  void isNotContentWithWhatIsNoMember() throws IOException {
    assertThat(run("run", "--endpoints=http://127.0.0.1:1", "--faults=snapshot"))
        .isEqualTo(Main.INCONCLUSIVE);
    assertThat(history().of(Fact.End.class).get(0).why())
        .startsWith("m1 at http://127.0.0.1:1 is no member: ");
  }
}
