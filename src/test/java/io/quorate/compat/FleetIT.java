package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.proto.etcd.MemberRemoveRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What members tell each other beside Raft, seen from outside: {@code /fleet} and metrics. */
class FleetIT {
  private static final Duration WITHIN = Duration.ofSeconds(90);

  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir Path folder;

  private List<ServerProcess> servers = List.of();

  @AfterEach
  void closeAll() {
    servers.forEach(ServerProcess::close);
  }

  @Test
  void showsWhoIsReachedUntilRaftRemovesHim() throws Exception {
    servers = ServerProcess.cluster(3, Servers.underTest(), folder, List.of());
    ServerProcess.startAll(servers);
    for (ServerProcess server : servers) {
      awaitFleet(server, 3, 0);
      assertThat(count(get(server, "/fleet"), "\"leads\":true")).isEqualTo(1);
    }
    ServerProcess first = servers.get(0);
    ServerProcess lost = servers.get(2);
    long lostId = Calls.memberId(lost);
    lost.kill();
    awaitFleet(first, 3, 1);
    put(first);
    lost.start();
    awaitFleet(first, 3, 0);
    awaitFleet(lost, 3, 0);
    try (EtcdClient client = new EtcdClient(first.endpoint())) {
      client.call(EtcdClient.MEMBER_REMOVE, MemberRemoveRequest.newBuilder().setID(lostId).build());
    }
    awaitFleet(first, 2, 0);
    awaitFleet(servers.get(1), 2, 0);
    assertThat(count(get(first, "/fleet"), "\"id\":")).isEqualTo(2);
    put(first);
  }

  @Test
  void membersServeWithoutAFleetWhosePortIsTaken() throws Exception {
    servers = ServerProcess.cluster(3, Servers.underTest(), folder, List.of());
    ServerProcess blocked = servers.get(0);
    // Takes connections and never says a word.
    try (ServerSocket silent =
        new ServerSocket(blocked.peerPort() + 1, 50, InetAddress.getLoopbackAddress())) {
      ServerProcess.startAll(servers);
      for (ServerProcess server : servers) {
        put(server);
        assertThat(Calls.range(server, "k", false).getCount()).isEqualTo(1);
      }
      Awaitility.await("a warning")
          .atMost(WITHIN)
          .until(() -> log(blocked).contains("serving without a fleet"));
      awaitFleet(servers.get(1), 2, 0);
      awaitFleet(servers.get(2), 2, 0);
      assertThat(get(blocked, "/fleet")).contains("\"running\":false");
      assertThat(count(log(blocked), "serving without a fleet")).isEqualTo(1);
      put(blocked);
      assertThat(silent.isBound()).isTrue();
    }
  }

  @Test
  void aLonelyMemberOpensNoPort() throws Exception {
    servers = List.of(ServerProcess.start(Servers.underTest(), folder, List.of()));
    ServerProcess server = servers.get(0);
    Awaitility.await("nothing")
        .during(Duration.ofSeconds(5))
        .atMost(WITHIN)
        .until(() -> isFree(server.peerPort() + 1));
    assertThat(get(server, "/fleet")).contains("\"running\":false", "\"members\":[]");
    assertThat(get(server, "/metrics")).contains("\nquorate_fleet_members 0\n");
    assertThat(log(server)).doesNotContain("fleet.Fleet");
  }

  private void awaitFleet(ServerProcess server, int members, int unreachable) throws Exception {
    Awaitility.await(members + " members, " + unreachable + " of them not reached")
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> {
              String metrics = get(server, "/metrics");
              return metrics.contains("\nquorate_fleet_members " + members + "\n")
                  && metrics.contains("\nquorate_fleet_unreachable " + unreachable + "\n");
            });
    assertThat(count(get(server, "/fleet"), "\"reach\":\"unreachable\"")).isEqualTo(unreachable);
  }

  private String get(ServerProcess server, String path) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(server.clientUrl() + path)).build();
    return http.send(request, BodyHandlers.ofString()).body();
  }

  private static long count(String text, String part) {
    return Pattern.compile(Pattern.quote(part)).matcher(text).results().count();
  }

  private static String log(ServerProcess server) throws IOException {
    return Files.readString(server.logFile());
  }

  private static void put(ServerProcess server) {
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      assertThat(client.call(EtcdClient.PUT, Calls.putOf("k", "v")).hasHeader()).isTrue();
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
