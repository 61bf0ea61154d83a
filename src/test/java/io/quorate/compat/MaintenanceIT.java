package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.Maintenance;
import io.quorate.client.Maintenance.Alarm;
import io.quorate.client.Maintenance.Hash;
import io.quorate.client.Maintenance.Status;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Status, hashes, alarms, leadership and snapshots through the client, of ours and of etcd. */
class MaintenanceIT {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final int MEMBERS = 3;
  private static final int QUOTA_BYTES = 8 * 1024 * 1024;
  private static final int VALUE_BYTES = 256 * 1024;
  private static final int DIGEST_BYTES = 32;
  private static final int PAD_BYTES = 512;

  /** Fewer values than that fill the quota. */
  private static final int VALUES_MAX = 4 * QUOTA_BYTES / VALUE_BYTES;

  @TempDir Path folder;

  static Stream<Arguments> servers() {
    Arguments ours = Arguments.of("ours", Servers.underTest());
    if (Servers.reference().isEmpty()) {
      Servers.leftOut("the client's maintenance of etcd", "QUORATE_PEERS is not set");
      return Stream.of(ours);
    }
    return Stream.of(ours, Arguments.of("reference", Servers.reference().get()));
  }

  private static Client only(ServerProcess server, Duration timeout) {
    return Client.at(server.clientUrl()).withoutMemberSync().callTimeout(timeout).open();
  }

  private static EtcdError refusal(CompletionStage<?> call) {
    Throwable why = Stages.failure(call);
    assertThat(why).isInstanceOf(ClientException.Refused.class);
    return ((ClientException.Refused) why).error().orElseThrow();
  }

  private static List<Bytes> snapshot(Maintenance maintenance) {
    Heard<Bytes> heard = new Heard<>();
    maintenance.snapshot().subscribe(heard);
    await().atMost(WITHIN).until(() -> heard.end() != null);
    assertThat(heard.end()).isEqualTo("complete");
    return heard.told();
  }

  private static void assertSnapshot(List<Bytes> parts) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    int last = parts.size() - 1;
    parts.subList(0, last).forEach(part -> digest.update(part.toArray()));
    assertThat(parts.get(last)).isEqualTo(Bytes.wrap(digest.digest()));
    long bytes = parts.stream().mapToLong(Bytes::size).sum();
    assertThat(bytes % PAD_BYTES).isEqualTo(DIGEST_BYTES);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("servers")
  void oneMemberIsLookedAt(String name, List<String> command) throws Exception {
    try (ServerProcess server = ServerProcess.start(command, folder, List.of());
        Client client = only(server, WITHIN)) {
      Maintenance maintenance = client.maintenance();
      for (int i = 0; i < 10; i++) {
        Stages.get(client.put("k" + i, "v"));
      }
      Status status = Stages.get(maintenance.status());
      assertThat(status.isLeader()).isTrue();
      assertThat(status.isLearner()).isFalse();
      assertThat(status.memberId()).isEqualTo(Calls.memberId(server));
      assertThat(status.version()).matches("3\\.\\d+\\.\\d+.*");
      assertThat(status.revision()).isEqualTo(11);
      assertThat(status.raft().term()).isPositive();
      assertThat(status.raft().index()).isGreaterThanOrEqualTo(status.raft().appliedIndex());
      assertThat(status.raft().appliedIndex()).isGreaterThanOrEqualTo(10);
      assertThat(status.db().sizeBytes()).isGreaterThanOrEqualTo(status.db().inUseBytes());
      assertThat(status.db().inUseBytes()).isPositive();
      assertThat(status.errors()).isEmpty();

      Hash older = Stages.get(maintenance.hashKv(5));
      assertThat(older.hashRevision()).isEqualTo(5);
      assertThat(older.revision()).isEqualTo(11);
      assertThat(Stages.get(maintenance.hashKv(0)).hash()).isNotEqualTo(older.hash());
      assertThat(refusal(maintenance.hashKv(12))).isEqualTo(EtcdError.FUTURE_REV);
      Stages.get(client.compact(8, true));
      assertThat(Stages.get(maintenance.hashKv(0)).compactRevision()).isEqualTo(8);
      assertThat(Stages.failure(maintenance.hashKv(7)))
          .isInstanceOf(ClientException.Compacted.class);

      assertThat(refusal(maintenance.moveLeader(1))).isEqualTo(EtcdError.BAD_LEADER_TRANSFEREE);
      Stages.get(maintenance.defragment());
      assertSnapshot(snapshot(maintenance));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("servers")
  void alarmOfAFullStoreIsSeenAndDisarmed(String name, List<String> command) throws Exception {
    try (ServerProcess server =
            ServerProcess.start(
                command, folder, List.of("--quota-backend-bytes", "" + QUOTA_BYTES));
        Client client = only(server, WITHIN)) {
      Maintenance maintenance = client.maintenance();
      assertThat(Stages.get(maintenance.alarms())).isEmpty();
      Bytes value = Bytes.wrap(new byte[VALUE_BYTES]);
      int written = 0;
      while (written < VALUES_MAX
          && Stages.get(
              client.put(Bytes.utf8("k" + written), value).handle((put, why) -> why == null))) {
        written++;
      }
      assertThat(written).isLessThan(VALUES_MAX);
      await().atMost(WITHIN).until(() -> !Stages.get(maintenance.alarms()).isEmpty());
      Status status = Stages.get(maintenance.status());
      Alarm alarm = new Alarm(status.memberId(), Alarm.Type.NOSPACE);
      assertThat(Stages.get(maintenance.alarms())).containsExactly(alarm);
      assertThat(status.errors()).singleElement().asString().contains("NOSPACE");
      assertThat(Stages.get(maintenance.disarm(new Alarm(alarm.memberId(), Alarm.Type.CORRUPT))))
          .isFalse();
      assertThat(Stages.get(maintenance.disarm(alarm))).isTrue();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("servers")
  void eachMemberTellsOfItselfAlsoWithoutALeader(String name, List<String> command)
      throws Exception {
    List<ServerProcess> servers = ServerProcess.cluster(MEMBERS, command, folder, List.of());
    List<Client> clients = new ArrayList<>();
    try {
      ServerProcess.startAll(servers);
      servers.forEach(server -> clients.add(only(server, Duration.ofSeconds(5))));
      long revision = Stages.get(clients.get(0).put("k", "v")).revision();
      moveLeader(clients);
      assertHashes(clients, revision);

      servers.get(1).kill();
      servers.get(2).kill();
      Maintenance left = clients.get(0).maintenance();
      await().atMost(WITHIN).until(() -> !Stages.get(left.status()).hasLeader());
      await()
          .atMost(WITHIN)
          .until(() -> Stages.get(left.status()).errors().contains(EtcdError.NO_LEADER.text()));
      assertThat(Stages.get(left.status()).memberId()).isEqualTo(Calls.memberId(servers.get(0)));
      assertThat(Stages.get(left.hashKv(revision)).hashRevision()).isEqualTo(revision);
      assertSnapshot(snapshot(left));
      assertThat(Stages.failure(clients.get(0).get("k")))
          .isInstanceOf(ClientException.Unavailable.class);
      assertThat(Stages.failure(clients.get(1).maintenance().status()))
          .isInstanceOf(ClientException.Unavailable.class);
      assertThat(Stages.get(left.status()).hasLeader()).isFalse();
    } finally {
      clients.forEach(Client::close);
      servers.forEach(ServerProcess::close);
    }
  }

  private static void moveLeader(List<Client> clients) {
    List<Status> all =
        clients.stream().map(each -> Stages.get(each.maintenance().status())).toList();
    long leader = all.get(0).raft().leaderId();
    assertThat(all).allMatch(each -> each.raft().leaderId() == leader);
    int leads = (int) all.stream().takeWhile(each -> !each.isLeader()).count();
    int follows = (leads + 1) % MEMBERS;
    long next = all.get(follows).memberId();
    assertThat(refusal(clients.get(follows).maintenance().moveLeader(next)))
        .isEqualTo(EtcdError.NOT_LEADER);
    Stages.get(clients.get(leads).maintenance().moveLeader(next));
    for (Client each : clients) {
      await()
          .atMost(WITHIN)
          .until(() -> Stages.get(each.maintenance().status()).raft().leaderId() == next);
    }
  }

  private static void assertHashes(List<Client> clients, long revision) {
    for (Client each : clients) {
      await()
          .atMost(WITHIN)
          .until(() -> Stages.get(each.maintenance().status()).revision() >= revision);
    }
    List<Hash> hashes =
        clients.stream().map(each -> Stages.get(each.maintenance().hashKv(revision))).toList();
    assertThat(hashes).allMatch(each -> Objects.equals(each, hashes.get(0)));
  }
}
