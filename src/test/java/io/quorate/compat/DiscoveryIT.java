package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import io.quorate.server.discovery.StubDns;
import io.quorate.server.discovery.StubKubernetes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that are not told of each other, but find each other. */
class DiscoveryIT {
  private static final int MEMBERS = 3;
  private static final Duration WITHIN = Duration.ofSeconds(60);

  @TempDir Path folder;

  private List<ServerProcess> servers = List.of();

  @AfterEach
  void closeAll() {
    servers.forEach(ServerProcess::close);
  }

  @Test
  void membersFindEachOtherBySrvRecordsAndStartAgainWithoutThem() throws Exception {
    try (StubDns dns = new StubDns()) {
      found(List.of("-Dquorate.discovery.dns-server=" + dns.server()), List.of());
      for (ServerProcess server : servers) {
        dns.srv("_etcd-server._tcp.quorate.test", 0, "127.0.0.1.", server.peerPort());
      }
      servers = search("--discovery-srv", "quorate.test");
      ServerProcess.startAll(servers);
      serve();
    }
    // Nobody answers for DNS any more, and nobody asks.
    servers.get(0).terminate();
    servers.get(0).start();
    serve();
  }

  @Test
  void membersFindEachOtherByDnsThroughPekko() throws Exception {
    try (StubDns dns = new StubDns()) {
      found(List.of("-Dquorate.discovery.dns-server=" + dns.server()), List.of());
      for (ServerProcess server : servers) {
        dns.srv("_peer._tcp.quorate.test", 0, "127.0.0.1.", server.peerPort());
      }
      servers =
          search(
              "--discovery-method=dns",
              "--discovery-service=_peer._tcp.quorate.test",
              "--discovery-size=3");
      ServerProcess.startAll(servers);
      serve();
    }
  }

  @Test
  void membersFindEachOtherByTheirPods() throws Exception {
    try (StubKubernetes api = new StubKubernetes(folder.resolve("kubernetes"))) {
      List<String> properties = new ArrayList<>(api.properties());
      properties.add("-Dpekko.discovery.kubernetes-api.use-raw-ip=true");
      found(properties, api.variables());
      api.answers(
          "/api/v1/namespaces/" + StubKubernetes.NAMESPACE + "/pods?labelSelector=app%3Dquorate",
          () ->
              servers.stream()
                  .map(ServerProcess::peerPort)
                  .map(DiscoveryIT::pod)
                  .collect(Collectors.joining(",", "{\"items\":[", "]}")));
      servers =
          search(
              "--discovery-method=kubernetes-api",
              "--discovery-service=_peer._tcp.quorate",
              "--discovery-size=3");
      ServerProcess.startAll(servers);
      serve();
      assertThat(api.asked()).isGreaterThanOrEqualTo(MEMBERS);
    }
  }

  @Test
  void saysInOneLineThatItHasFoundTooFew() throws Exception {
    found(
        List.of(
            "-Dquorate.discovery.within=2s",
            "-Dpekko.discovery.config.services.q.endpoints.0.host=127.0.0.1"),
        List.of());
    servers = search("--discovery-method=config", "--discovery-service=q", "--discovery-size=3");
    assertThatThrownBy(servers.get(0)::start)
        .hasMessageContaining(
            "error setting up initial cluster: --discovery-method=config found 1 members of q"
                + " within 2s, --discovery-size is 3");
  }

  private void found(List<String> properties, List<String> variables) throws Exception {
    List<String> command = new ArrayList<>(List.of("env"));
    command.add("QUORATE_JAVA_OPTS=" + String.join(" ", properties));
    command.addAll(variables);
    command.addAll(Servers.underTest());
    servers = ServerProcess.cluster(MEMBERS, command, folder, List.of());
  }

  private List<ServerProcess> search(String... flags) {
    List<String> all = new ArrayList<>(List.of("--initial-cluster", ""));
    all.addAll(List.of(flags));
    return servers.stream().map(server -> server.withFlags(all)).toList();
  }

  private void serve() {
    for (ServerProcess server : servers) {
      try (EtcdClient client = new EtcdClient(server.endpoint())) {
        // One of them may have been the leader.
        Awaitility.await("a write at " + server.endpoint())
            .atMost(WITHIN)
            .ignoreException(StatusRuntimeException.class)
            .until(
                () ->
                    client
                        .call(EtcdClient.PUT, Calls.putOf("from", server.endpoint()))
                        .hasHeader());
      }
      assertThat(Calls.range(server, "from", false).getCount()).isEqualTo(1);
    }
  }

  private static String pod(int port) {
    return "{\"metadata\":{\"name\":\"p"
        + port
        + "\",\"labels\":{\"app\":\"quorate\"}},\"spec\":{\"containers\":[{\"name\":\"quorate\","
        + "\"ports\":[{\"name\":\"peer\",\"containerPort\":"
        + port
        + "}]}]},\"status\":{\"podIP\":\"127.0.0.1\",\"phase\":\"Running\","
        + "\"containerStatuses\":[{\"name\":\"quorate\",\"state\":{\"running\":"
        + "{\"startedAt\":\"2026-01-01T00:00:00Z\"}}}]}}";
  }
}
