package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.Interval;
import io.quorate.client.LeaseState;
import io.quorate.client.Put;
import io.quorate.client.Txn;
import io.quorate.client.recipe.Election;
import io.quorate.client.recipe.Election.Leader;
import io.quorate.client.recipe.Election.Leadership;
import io.quorate.client.recipe.RecipeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Elections of the client against a real server, and side by side with those of etcdctl. */
class ElectionIT extends OneServer {
  private static final Duration TTL = Duration.ofSeconds(60);
  private static final Duration WITHIN = Duration.ofSeconds(30);

  private static void awaitKeys(Client at, String name, long count) {
    await().atMost(WITHIN).until(() -> Stages.get(at.count(Interval.prefix(name + "/"))) == count);
  }

  private static void awaitWords(Heard<Leader> heard, String... words) {
    await()
        .atMost(WITHIN)
        .untilAsserted(
            () -> assertThat(heard.told()).extracting(Leader::valueText).containsExactly(words));
  }

  @Test
  void letsOneLeadAfterTheOther() {
    Election election = Election.of(client, "lead", TTL);
    Heard<Leader> heard = new Heard<>();
    election.observe().subscribe(heard);
    Leadership first = Stages.get(election.campaign("a"));
    CompletionStage<Leadership> waiting = election.campaign("b");
    awaitKeys(client, "lead", 2);
    long said = Stages.get(first.proclaim("a again"));
    Leader leader = Stages.get(election.leader()).orElseThrow();
    assertThat(leader)
        .isEqualTo(new Leader(first.key(), Bytes.utf8("a again"), said, first.fence()));
    awaitWords(heard, "a", "a again");
    assertThat(waiting.toCompletableFuture()).isNotDone();
    Stages.get(first.resign());
    Leadership second = Stages.get(waiting);
    assertThat(second.fence()).isGreaterThan(0);
    assertThat(Stages.failure(first.proclaim("a still"))).isInstanceOf(RecipeException.Lost.class);
    assertThat(Stages.get(first.lost()).reason()).isEqualTo(LeaseState.Reason.RELEASED);
    Txn late = Txn.when(first.guard()).then(Put.of("led-by", "a"));
    assertThat(Stages.get(client.txn(late)).succeeded()).isFalse();
    Txn timely = Txn.when(second.guard()).then(Put.of("led-by", "b"));
    assertThat(Stages.get(client.txn(timely)).succeeded()).isTrue();
    awaitWords(heard, "a", "a again", "b");
    assertThat(heard.told()).extracting(Leader::fence).isSorted();
    assertThat(heard.told().get(1)).isEqualTo(leader);
    heard.cancel();
    Stages.get(second.resign());
    assertThat(Stages.get(election.leader())).isEmpty();
  }

  @Test
  void observesOnAfterARestartAndACompaction() throws Exception {
    Path own = Files.createDirectories(folder.resolve("restart"));
    try (ServerProcess other = ServerProcess.start(Servers.underTest(), own, List.of());
        Middleman between = new Middleman(other.clientPort());
        Client direct = Client.at(other.clientUrl()).open();
        Client through = Client.at(between.endpoint()).withoutMemberSync().open()) {
      Heard<Leader> heard = new Heard<>();
      Election.of(through, "again", TTL).observe().subscribe(heard);
      Leadership leadership = Stages.get(Election.of(direct, "again", TTL).campaign("a"));
      awaitWords(heard, "a");
      between.cut();
      other.kill();
      other.start();
      Stages.get(leadership.proclaim("missed"));
      Stages.get(leadership.resign());
      Leadership next = Stages.get(Election.of(direct, "again", TTL).campaign("missed too"));
      Stages.get(direct.compact(Stages.get(next.proclaim("b")), true));
      between.letPass();
      awaitWords(heard, "a", "b");
      Stages.get(next.proclaim("c"));
      awaitWords(heard, "a", "b", "c");
      assertThat(heard.end()).isNull();
    }
  }

  @Test
  void sharesElectionsWithEtcdctl() throws Exception {
    if (Servers.peer("etcdctl").isEmpty()) {
      Servers.leftOut("etcdctl elect beside the client", "QUORATE_PEERS is not set");
      return;
    }
    Election election = Election.of(client, "shared", TTL);
    Heard<Leader> heard = new Heard<>();
    election.observe().subscribe(heard);
    Process listener = etcdctl("listener.txt", "elect", "-l", "shared");
    Process theirs = etcdctl("theirs.txt", "elect", "shared", "theirs");
    awaitWords(heard, "theirs");
    CompletionStage<Leadership> waiting = election.campaign("ours");
    awaitKeys(client, "shared", 2);
    assertThat(waiting.toCompletableFuture()).isNotDone();
    theirs.destroy();
    Leadership leadership = Stages.get(waiting);
    awaitWords(heard, "theirs", "ours");
    Process behind = etcdctl("behind.txt", "elect", "shared", "theirs again");
    awaitKeys(client, "shared", 2);
    Stages.get(leadership.proclaim("ours still"));
    awaitLine("listener.txt", "ours still");
    Stages.get(leadership.resign());
    awaitLine("behind.txt", "theirs again");
    awaitWords(heard, "theirs", "ours", "ours still", "theirs again");
    assertThat(Files.readAllLines(folder.resolve("listener.txt")))
        .contains("theirs", "ours", leadership.key().utf8());
    for (Process process : List.of(behind, listener)) {
      process.destroy();
      assertThat(process.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
    heard.cancel();
  }

  private static void awaitLine(String output, String line) {
    await().atMost(WITHIN).until(() -> Files.readAllLines(folder.resolve(output)).contains(line));
  }

  private static Process etcdctl(String output, String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Servers.peer("etcdctl").orElseThrow().toString());
    command.add("--endpoints=" + server.endpoint());
    command.addAll(List.of(words));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(output).toFile())
        .start();
  }
}
