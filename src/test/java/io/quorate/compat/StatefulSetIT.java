package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.Main;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.HistoryFile;
import io.quorate.client.Client;
import io.quorate.client.Cluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members as the pods of a StatefulSet, whose replicas alone say how many there are. */
class StatefulSetIT {
  private static final Duration WITHIN = Duration.ofSeconds(90);

  /** Asks the test to do something to the set, and waits until it is done. */
  private static final String HOOK =
      """
      #!/bin/sh -e
      cd "$(dirname "$0")"
      [ "$1" = kinds ] && { echo restart lost-disk members; exit; }
      echo "$*" > ask.next
      mv ask.next ask
      until [ -e told ]; do sleep 0.1; done
      cat told
      rm told
      """;

  @TempDir Path folder;

  private StatefulSetPlayer set;

  /** The ids of members or processes that a fault is about to end. */
  private List<Long> before = List.of();

  @BeforeEach
  void open() throws Exception {
    set = new StatefulSetPlayer(folder, Servers.underTest());
  }

  @AfterEach
  void close() {
    set.close();
  }

  private void found(int size) {
    set.scale(size);
    set.awaitReady();
  }

  private static List<Cluster.Member> members() {
    try (Client client = client(0)) {
      return client.cluster().members().toCompletableFuture().join();
    }
  }

  private static Client client(int ordinal) {
    return Client.at("http://" + StatefulSetPlayer.endpoint(ordinal))
        .withoutMemberSync()
        .callTimeout(Duration.ofSeconds(10))
        .open();
  }

  private static List<String> names() {
    return members().stream().map(Cluster.Member::name).sorted().toList();
  }

  /** The id of pod {@code ordinal} as the cluster knows it, once it has told its name. */
  private static long id(int ordinal) {
    String name = StatefulSetPlayer.SET + "-" + ordinal;
    Awaitility.await("name of " + name).atMost(WITHIN).until(() -> names().contains(name));
    return members().stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow().id();
  }

  private static List<Long> ids() {
    return members().stream().map(Cluster.Member::id).toList();
  }

  private static void put(String key, String value) {
    try (Client client = client(0)) {
      client.put(key, value).toCompletableFuture().join();
    }
  }

  private static String get(int ordinal, String key) {
    try (Client client = client(ordinal)) {
      return client.get(key).toCompletableFuture().join().orElseThrow().value().utf8();
    }
  }

  @Test
  void keepsItsPromisesUnderLoadWhateverKubernetesDoes() throws Exception {
    found(3);
    Path hook = Files.writeString(folder.resolve("hook.sh"), HOOK);
    assertThat(hook.toFile().setExecutable(true)).isTrue();
    Path out = folder.resolve("run");
    CompletableFuture<Integer> run =
        CompletableFuture.supplyAsync(
            () ->
                Main.execute(
                    "run",
                    "--seed=7",
                    "--time=180s",
                    "--faults=restart,lost-disk,members",
                    "--hook=" + hook,
                    "--out=" + out,
                    "--endpoints="
                        + String.join(
                            ",",
                            List.of(0, 1, 2).stream()
                                .map(i -> "http://" + StatefulSetPlayer.endpoint(i))
                                .toList())));
    Path ask = folder.resolve("ask");
    while (!run.isDone()) {
      Awaitility.await("something to do")
          .atMost(Duration.ofMinutes(5))
          .until(() -> run.isDone() || Files.exists(ask));
      if (Files.exists(ask)) {
        String asked = Files.readString(ask).strip();
        Files.delete(ask);
        Path told = Files.writeString(folder.resolve("told.next"), done(asked) + "\n");
        Files.move(told, folder.resolve("told"), StandardCopyOption.ATOMIC_MOVE);
      }
    }
    History history = HistoryFile.read(out.resolve("history.jsonl"));
    assertThat(run.join()).as(history.of(Fact.End.class).toString()).isEqualTo(Main.HELD);
    assertThat(history.of(Fact.Fault.class).stream().map(Fact.Fault::kind).distinct())
        .containsExactlyInAnyOrder("restart", "lost-disk", "members");
    awaitNames("quorate-0", "quorate-1", "quorate-2");
    assertThat(members()).noneMatch(Cluster.Member::isLearner);
  }

  /**
   * Does what the harness asks for; what was seen of it, which is found out, not taken as given.
   */
  private String done(String asked) {
    String[] words = asked.split(" ");
    int ordinal = Integer.parseInt(words[2].substring(1)) - 1;
    switch (words[0] + " " + words[1]) {
      case "begin lost-disk" -> {
        before = List.of(id(ordinal));
        set.kill(ordinal);
        set.loseVolume(ordinal);
        set.create(ordinal);
      }
      case "end lost-disk" -> {
        set.awaitReady();
        List<Long> after = List.of(id(ordinal));
        assertThat(after).doesNotContainAnyElementsOf(before);
        return "pod " + ordinal + " was member " + before + " and is " + after;
      }
      case "begin restart" -> {
        before = set.pids();
        set.restart();
      }
      case "end restart" -> {
        List<Long> after = set.pids();
        assertThat(after).hasSameSizeAs(before).doesNotContainAnyElementsOf(before);
        return "processes " + before + " gave way to " + after;
      }
      case "begin members" -> {
        set.scale(5);
        set.awaitReady();
        awaitNames("quorate-0", "quorate-1", "quorate-2", "quorate-3", "quorate-4");
      }
      case "end members" -> {
        List<String> grown = names();
        set.scale(3);
        assertThat(names()).containsExactly("quorate-0", "quorate-1", "quorate-2");
        return grown + " became " + names();
      }
      default -> throw new AssertionError(asked);
    }
    return "";
  }

  @Test
  void growsAndShrinksByReplicasAloneAlsoWithVolumesThatWereKept() {
    found(1);
    put("a", "1");
    set.scale(3);
    set.awaitReady();
    assertThat(get(2, "a")).isEqualTo("1");
    List<Long> before = ids();
    set.scale(1, false);
    assertThat(names()).containsExactly("quorate-0");
    put("b", "2");
    // Their volumes say that they are members, which they are no more.
    set.scale(3, false);
    set.awaitReady();
    assertThat(get(1, "b")).isEqualTo("2");
    awaitNames("quorate-0", "quorate-1", "quorate-2");
    assertThat(ids()).filteredOn(before::contains).hasSize(1);
  }

  @Test
  void thoseWhoDiedBeforeTheyCouldLeaveAreRemoved() {
    found(3);
    set.scaleAndKill(2);
    awaitNames("quorate-0", "quorate-1");
  }

  @Test
  void aFirstPodWhoseVolumeIsLostFoundsNoSecondCluster() {
    found(1);
    put("a", "1");
    set.scale(3);
    set.awaitReady();
    set.kill(0);
    set.kill(1);
    set.kill(2);
    set.loseVolume(0);
    // For a while it is the only one that is there: it would found one if it could.
    set.create(0);
    Awaitility.await("its beginning")
        .atMost(WITHIN)
        .until(() -> Files.exists(set.volume(0).resolve("data/member/identity")));
    set.create(1);
    set.create(2);
    set.awaitReady();
    assertThat(get(0, "a")).isEqualTo("1");
    awaitNames("quorate-0", "quorate-1", "quorate-2");
  }

  @Test
  void aVolumeOfAnotherClusterIsRefusedAndKept() throws IOException {
    found(3);
    put("a", "1");
    set.kill(0);
    set.kill(1);
    set.kill(2);
    Path kept = folder.resolve("kept");
    Files.move(set.volume(1), kept);
    set.loseVolume(0);
    set.loseVolume(2);
    set.scale(1);
    set.awaitReady();
    set.scale(3);
    set.awaitReady();
    put("a", "2");
    set.delete(1);
    set.loseVolume(1);
    Files.move(kept, set.volume(1));
    set.create(1);
    awaitLine(1, "the data directory belongs to cluster ");
    assertThat(set.volume(1).resolve("data/member/damaged")).doesNotExist();
    assertThat(get(2, "a")).isEqualTo("2");
  }

  @Test
  void saysWhatItWaitsFor() {
    set.create(1);
    awaitLine(1, "StatefulSet quorate is to have 0 pods");
    set.scale(2);
    set.awaitReady();
    awaitNames("quorate-0", "quorate-1");
  }

  /** A member tells its name a moment after it votes. */
  private static void awaitNames(String... wanted) {
    Awaitility.await("names of members")
        .atMost(WITHIN)
        .until(StatefulSetIT::names, List.of(wanted)::equals);
  }

  private void awaitLine(int ordinal, String line) {
    Awaitility.await(line).atMost(WITHIN).until(() -> set.log(ordinal).contains(line));
  }
}
