package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import io.quorate.proto.etcd.RangeRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /metrics} of real members: what was written for etcd finds what it asks for. */
class MonitoringIT {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final Path NAMES = Path.of("compat/monitoring.txt");
  private static final String NOT = "not ";
  private static final String STARTED = "grpc_server_started_total";
  private static final String HANDLED = "grpc_server_handled_total";
  private static final String RECEIVED = "grpc_server_msg_received_total";
  private static final String SENT = "grpc_server_msg_sent_total";
  private static final List<String> EXTENSIVE = List.of("--metrics", "extensive");

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<ServerProcess> started = new ArrayList<>();

  @TempDir Path folder;

  @AfterEach
  void closeAll() {
    started.forEach(ServerProcess::close);
  }

  private List<ServerProcess> cluster(String name, List<String> command, List<String> flags)
      throws IOException {
    Path own = Files.createDirectory(folder.resolve(name));
    List<ServerProcess> servers = ServerProcess.cluster(3, command, own, flags);
    started.addAll(servers);
    ServerProcess.startAll(servers);
    return servers;
  }

  private String get(String url) throws Exception {
    HttpResponse<String> response =
        http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    assertThat(response.statusCode()).as(url).isEqualTo(200);
    return response.body();
  }

  /** What the members show once each of them has been asked for its health, and written to. */
  private MetricsReading read(List<ServerProcess> servers) throws Exception {
    MetricsReading reading = new MetricsReading();
    for (ServerProcess server : servers) {
      try (EtcdClient client = new EtcdClient(server.endpoint())) {
        client.call(EtcdClient.PUT, Calls.putOf("k", "v"));
        RangeRequest refused = RangeRequest.newBuilder().setRevision(1_000_000).build();
        assertThatThrownBy(() -> client.call(EtcdClient.RANGE, refused))
            .isInstanceOf(StatusRuntimeException.class);
      }
    }
    for (ServerProcess server : servers) {
      get(server.clientUrl() + "/health");
      // Reads all that was written, so that it is applied there.
      get(server.clientUrl() + "/readyz");
    }
    for (ServerProcess server : servers) {
      reading.add(get(server.clientUrl() + "/metrics"));
    }
    return reading;
  }

  private static List<String> lines() throws IOException {
    return Files.readAllLines(NAMES).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }

  @Test
  void rulesAndDashboardsFindWhatTheyAskFor() throws Exception {
    List<ServerProcess> servers = cluster("ours", Servers.underTest(), EXTENSIVE);
    MetricsReading reading = read(servers);
    for (String line : lines()) {
      if (line.startsWith(NOT)) {
        continue;
      }
      List<String> words = Arrays.asList(line.split(" "));
      String name = words.get(0);
      assertThat(reading.names()).contains(name);
      assertThat(reading.samplesOf(name)).as(name).isNotEmpty();
      assertThat(reading.labelsOf(name))
          .as(name)
          .containsExactlyElementsOf(words.subList(1, words.size()));
    }
    assertThat(reading.samplesOf("etcd_server_has_leader"))
        .hasSize(3)
        .allSatisfy(sample -> assertThat(sample.value()).isEqualTo(1));
    assertThat(sum(reading, "etcd_server_is_leader")).isEqualTo(1);
    assertThat(sum(reading, "etcd_mvcc_put_total")).isEqualTo(9);
    assertThat(sum(reading, "etcd_network_known_peers")).isEqualTo(9);
    assertThat(sum(reading, "etcd_network_active_peers")).isEqualTo(6);
    assertThat(sum(reading, "etcd_server_health_success")).isEqualTo(3);
    String own = servers.get(0).clientUrl() + "/metrics";
    Awaitility.await("all answers are counted")
        .atMost(WITHIN)
        .until(() -> get(own).contains("\npromhttp_metric_handler_requests_total{code=\"200\"} "));
  }

  private static double sum(MetricsReading reading, String name) {
    return reading.samplesOf(name).stream().mapToDouble(MetricsReading.Sample::value).sum();
  }

  @Test
  void aMemberThatIsGoneIsSeenByTheOthers() throws Exception {
    List<ServerProcess> servers = cluster("ours", Servers.underTest(), List.of());
    ServerProcess lost = servers.get(2);
    String id = Long.toHexString(Calls.memberId(lost));
    lost.kill();
    Awaitility.await("failures to send")
        .atMost(WITHIN)
        .until(
            () -> {
              MetricsReading left = new MetricsReading();
              left.add(get(servers.get(0).clientUrl() + "/metrics"));
              left.add(get(servers.get(1).clientUrl() + "/metrics"));
              return left.samplesOf("etcd_network_peer_sent_failures_total").stream()
                      .filter(sample -> id.equals(sample.labels().get("To")))
                      .anyMatch(sample -> sample.value() > 0)
                  && left.samplesOf("etcd_network_active_peers").stream()
                      .filter(sample -> id.equals(sample.labels().get("Remote")))
                      .allMatch(sample -> sample.value() == 0);
            });
    assertThat(get(servers.get(0).clientUrl() + "/metrics"))
        .doesNotContain("grpc_server_handling_seconds");
  }

  @Test
  void anotherPortServesMetricsAndHealthAndNothingElse() throws Exception {
    int port;
    try (java.net.ServerSocket free =
        new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    String url = "http://127.0.0.1:" + port;
    started.add(
        ServerProcess.start(Servers.underTest(), folder, List.of("--listen-metrics-urls", url)));
    assertThat(get(url + "/metrics")).contains("\netcd_server_has_leader 1\n");
    assertThat(get(url + "/health")).isEqualTo("{\"health\":\"true\",\"reason\":\"\"}");
    assertThat(get(url + "/readyz/linearizable_read")).isEqualTo("ok\n");
    HttpRequest version = HttpRequest.newBuilder(URI.create(url + "/version")).build();
    assertThat(http.send(version, BodyHandlers.ofString()).statusCode()).isEqualTo(404);
    assertThat(get(started.get(0).clientUrl() + "/metrics")).contains("etcd_server_has_leader 1");
    started.get(0).terminate();
    assertThat(isFree(port)).isTrue();
  }

  private static boolean isFree(int port) {
    try (java.net.ServerSocket socket =
        new java.net.ServerSocket(port, 1, java.net.InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void namesTypesLabelsAndBoundsAreThoseOfTheReference() throws Exception {
    Optional<List<String>> reference = Servers.reference();
    if (reference.isEmpty()) {
      Servers.leftOut("metrics beside the reference", "no QUORATE_PEERS");
      return;
    }
    MetricsReading theirs = read(cluster("theirs", reference.get(), EXTENSIVE));
    started.forEach(ServerProcess::close);
    MetricsReading ours = read(cluster("ours", Servers.underTest(), EXTENSIVE));
    Set<String> missing = new TreeSet<>(theirs.names());
    missing.removeAll(ours.names());
    for (String line : lines()) {
      if (line.startsWith(NOT)) {
        String left = line.substring(NOT.length());
        String begin = left.replace("*", "");
        boolean all = left.endsWith("*");
        assertThat(missing.removeIf(name -> all ? name.startsWith(begin) : name.equals(begin)))
            .as(line)
            .isTrue();
      }
    }
    assertThat(missing).as("families that nobody has said are left out").isEmpty();
    for (String name : ours.names()) {
      if (!name.startsWith("quorate_")) {
        compare(name, ours, theirs);
      }
    }
    // The same calls count the same, those that were refused among them.
    String received = "etcd_network_client_grpc_received_bytes_total";
    for (String name : List.of(STARTED, HANDLED, RECEIVED, SENT, received)) {
      assertThat(sum(ours, name)).as(name).isEqualTo(sum(theirs, name)).isGreaterThan(0);
    }
  }

  private static void compare(String name, MetricsReading ours, MetricsReading theirs)
      throws IOException {
    assertThat(lines()).anyMatch(line -> line.equals(name) || line.startsWith(name + " "));
    if (!theirs.names().contains(name)) {
      return; // it shows no family of which nothing has happened yet
    }
    assertThat(ours.type(name)).as(name).isEqualTo(theirs.type(name));
    if (!theirs.samplesOf(name).isEmpty()) {
      assertThat(ours.labelsOf(name)).as(name).isEqualTo(theirs.labelsOf(name));
      assertThat(ours.valuesOf(name, "le")).as(name).isEqualTo(theirs.valuesOf(name, "le"));
    }
    for (String label : List.of("grpc_code", "grpc_method", "grpc_service", "grpc_type", "code")) {
      assertThat(ours.valuesOf(name, label)).as(name).isEqualTo(theirs.valuesOf(name, label));
    }
  }
}
