package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.SeededRandom;
import io.quorate.chaos.cluster.BitFlip;
import io.quorate.chaos.cluster.Clock;
import io.quorate.chaos.cluster.Disk;
import io.quorate.chaos.cluster.LocalCluster;
import io.quorate.chaos.cluster.Member;
import io.quorate.chaos.cluster.Program;
import io.quorate.client.Client;
import io.quorate.client.PutResult;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The faults of the harness do to real members what they say. */
class LocalClusterIT {
  private static final int MEMBERS = 3;
  private static final int PUTS = 300;
  private static final long SECONDS_MAX = 60;
  private static final Duration WITHIN = Duration.ofSeconds(SECONDS_MAX);
  private static final Duration CALL = Duration.ofSeconds(30);
  private static final Duration SHORT_CALL = Duration.ofSeconds(1);

  @TempDir Path folder;

  private @Nullable LocalCluster cluster;

  static Stream<List<String>> programs() {
    Optional<List<String>> reference = Servers.reference();
    if (reference.isEmpty()) {
      Servers.leftOut("faults of etcd", "QUORATE_PEERS is not set");
    }
    return Stream.concat(Stream.of(Servers.underTest()), reference.stream());
  }

  private LocalCluster start(List<String> command, int members) throws IOException {
    return start(LocalCluster.Setup.of(Program.of(command), members, 1));
  }

  private LocalCluster start(LocalCluster.Setup setup) throws IOException {
    LocalCluster made = LocalCluster.create(folder.resolve("run"), setup);
    cluster = made;
    made.startAll();
    return made;
  }

  @AfterEach
  void close() throws IOException {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static Client client(List<String> endpoints, Duration most) {
    return Client.at(endpoints).withoutMemberSync().callTimeout(most).open();
  }

  private static <T> T answer(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(SECONDS_MAX, TimeUnit.SECONDS);
  }

  private static String value(Client client, String key) throws Exception {
    return answer(client.get(key)).map(found -> found.value().utf8()).orElse("nothing");
  }

  @ParameterizedTest
  @MethodSource("programs")
  void powerCutOfAllKeepsWhatWasAcknowledgedAndLosesWhatWasNotSynced(List<String> command)
      throws Exception {
    LocalCluster all = start(command, MEMBERS);
    Optional<String> missing = Disk.missingHere();
    missing.ifPresent(why -> Servers.leftOut("power cuts", why));
    Assumptions.assumeTrue(missing.isEmpty());
    List<Path> unsynced = new ArrayList<>();
    try (Client client = client(all.endpoints(), CALL)) {
      putAll(client);
      for (Member member : all.members()) {
        unsynced.add(write(member, "unsynced", false));
        write(member, "synced", true);
      }
      all.cutPower(all.members());
    }
    assertThat(unsynced).noneMatch(LocalClusterIT::isWhole);
    assertThat(all.members()).noneMatch(Member::isAlive);
    assertThat(all.members()).allMatch(member -> isWhole(member.disk().folder().resolve("synced")));
    all.startAll();
    try (Client client = client(all.endpoints(), CALL)) {
      for (int i = 0; i < PUTS; i++) {
        assertThat(value(client, "k" + i)).as("k%d", i).isEqualTo("v" + i);
      }
    }
  }

  /** All of them acknowledged. */
  private static void putAll(Client client) throws Exception {
    List<CompletableFuture<PutResult>> puts = new ArrayList<>();
    for (int i = 0; i < PUTS; i++) {
      puts.add(client.put("k" + i, "v" + i).toCompletableFuture());
    }
    for (CompletableFuture<PutResult> put : puts) {
      answer(put);
    }
  }

  private static Path write(Member member, String name, boolean isSynced) throws IOException {
    Path file = member.disk().folder().resolve(name);
    Files.writeString(file, "x".repeat(1000));
    if (isSynced) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    }
    return file;
  }

  private static boolean isWhole(Path file) {
    try {
      return Files.readString(file).equals("x".repeat(1000));
    } catch (IOException lost) {
      return false;
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void whoeverIsCutOffTheOthersElectAndGoOn(List<String> command) throws Exception {
    LocalCluster all = start(command, MEMBERS);
    for (Member lonely : all.members()) {
      List<Member> others = new ArrayList<>(all.members());
      others.remove(lonely);
      for (Member other : others) {
        all.network().block(lonely.name(), other.name());
        all.network().block(other.name(), lonely.name());
      }
      List<String> reached = others.stream().map(Member::endpoint).toList();
      try (Client client = client(reached, CALL);
          Client alone = client(List.of(lonely.endpoint()), SHORT_CALL)) {
        putUntilDone(client, lonely.name());
        assertThatThrownBy(() -> answer(alone.put("lonely", lonely.name()))).isNotNull();
      }
      long held = 0;
      for (Member other : others) {
        held += all.network().traffic(other.name(), lonely.name()).bytesHeld();
        held += all.network().traffic(other.name(), lonely.name()).dialsHeld();
      }
      assertThat(held).as("what was held on the way to %s", lonely.name()).isPositive();
      all.network().heal();
      try (Client back = client(List.of(lonely.endpoint()), CALL)) {
        awaitValue(back, lonely.name());
      }
    }
  }

  /** While there is no leader a write may end without anybody knowing what became of it. */
  private static void putUntilDone(Client client, String value) {
    Awaitility.await()
        .atMost(WITHIN)
        .ignoreExceptions()
        .until(() -> answer(client.put("k", value)).revision() > 0);
  }

  private static void awaitValue(Client client, String value) {
    Awaitility.await()
        .atMost(WITHIN)
        .ignoreExceptions()
        .until(() -> value(client, "k"), value::equals);
  }

  @Test
  void pausedMemberAnswersNobodyUntilItIsResumed() throws Exception {
    LocalCluster all = start(Servers.underTest(), MEMBERS);
    Member paused = all.members().get(0);
    List<String> others = all.endpoints().subList(1, MEMBERS);
    paused.pause();
    assertThat(paused.isPaused()).isTrue();
    try (Client client = client(others, CALL);
        Client alone = client(List.of(paused.endpoint()), SHORT_CALL)) {
      assertThatThrownBy(() -> answer(alone.get("k"))).isNotNull();
      putUntilDone(client, "v");
    }
    paused.resume();
    try (Client alone = client(List.of(paused.endpoint()), CALL)) {
      awaitValue(alone, "v");
    }
  }

  @Test
  void bitTurnedInTheLogIsFound() throws Exception {
    LocalCluster all = start(Servers.underTest(), MEMBERS);
    try (Client client = client(all.endpoints(), CALL)) {
      putAll(client);
    }
    Member damaged = all.members().get(2);
    damaged.kill();
    BitFlip flip = damaged.flip(BitFlip.Where.LOG, new SeededRandom(1));
    assertThatThrownBy(damaged::start)
        .hasMessageContaining("ended before it was ready")
        .hasMessageContaining(flip.file().getFileName().toString());
  }

  @Test
  void fullDiskIsSeenAndRefusesWrites() throws Exception {
    LocalCluster all = start(Servers.underTest(), MEMBERS);
    Member full = all.members().get(2);
    Optional<String> missing = full.disk().missing();
    missing.ifPresent(why -> Servers.leftOut("full disks", why));
    Assumptions.assumeTrue(missing.isEmpty());
    full.disk().fill();
    assertThat(full.disk().freeBytes()).isZero();
    try (Client client = client(all.endpoints(), CALL)) {
      Awaitility.await()
          .atMost(WITHIN)
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> answer(client.put("k", "v")))
                      .hasMessageContaining("database space exceeded"));
    }
    assertThat(Files.readString(full.logFile())).contains("raising NOSPACE");
    full.disk().drain();
    assertThat(full.disk().freeBytes()).isPositive();
  }

  @Test
  void memberJoinsAndLeaves() throws Exception {
    LocalCluster all = start(Servers.underTest(), MEMBERS);
    try (Client client = client(all.endpoints(), CALL)) {
      answer(client.put("k", "v"));
      Member added = all.add();
      // A young cluster is refused: its members have to be connected for some seconds.
      long id =
          Awaitility.await()
              .atMost(WITHIN)
              .ignoreExceptions()
              .until(
                  () -> answer(client.cluster().add(List.of(added.peerUrl()), false)).id(),
                  made -> made != 0);
      added.start();
      try (Client there = client(List.of(added.endpoint()), CALL)) {
        awaitValue(there, "v");
      }
      answer(client.cluster().remove(id));
      all.forget(added);
      putUntilDone(client, "w");
    }
    assertThat(all.members()).hasSize(MEMBERS);
  }

  @Test
  void stepOfTheClockIsSeenInTheLog() throws Exception {
    Program program = Program.of(Servers.underTest());
    Optional<String> missing = Clock.missing(program);
    missing.ifPresent(why -> Servers.leftOut("steps of the clock", why));
    Assumptions.assumeTrue(missing.isEmpty());
    LocalCluster all = start(LocalCluster.Setup.of(program, 1, 1).withClocks());
    Member member = all.members().get(0);
    Duration step = Duration.ofDays(3);
    assertThat(lastTime(member)).isBefore(Instant.now().plus(step.dividedBy(2)));
    member.clock().step(step);
    long seen = System.nanoTime() + Clock.SEEN_WITHIN.multipliedBy(3).toNanos();
    try (Client client = client(all.endpoints(), CALL)) {
      while (System.nanoTime() < seen) {
        answer(client.put("k", "v"));
      }
    }
    long pid = member.pid();
    member.terminate();
    assertThat(lastTime(member)).isAfter(Instant.now().plus(step.dividedBy(2)));
    all.close();
    assertThat(Path.of("/dev/shm/faketime_shm_" + pid)).doesNotExist();
    assertThat(Path.of("/dev/shm/sem.faketime_sem_" + pid)).doesNotExist();
  }

  private static Instant lastTime(Member member) throws IOException {
    String label = "\"ts\":\"";
    String log = member.logEnd();
    int begin = log.lastIndexOf(label) + label.length();
    return Instant.parse(log.substring(begin, log.indexOf('"', begin)));
  }
}
