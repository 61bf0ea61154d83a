package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.proto.etcd.AlarmRequest;
import io.quorate.proto.etcd.AlarmRequest.AlarmAction;
import io.quorate.proto.etcd.AlarmType;
import io.quorate.proto.etcd.MemberAddRequest;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code /livez}, {@code /readyz}, {@code /health} and {@code /version} in each state that a
 * cluster can be brought into: as the rules say, and to the letter as the reference where that is
 * there.
 */
class HealthIT {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private static final List<String> ALL =
      List.of(
          "GET /livez",
          "GET /livez?verbose",
          "GET /livez?exclude=serializable_read&verbose",
          "GET /livez/serializable_read",
          "GET /livez/ping",
          "GET /livez/",
          "HEAD /livez",
          "POST /livez",
          "GET /readyz",
          "GET /readyz?verbose",
          "GET /readyz?verbose=false&exclude=data_corruption&exclude=non_learner",
          "GET /readyz?exclude=ping&exclude=&verbose",
          "GET /readyz?allowlist=data_corruption&verbose",
          "GET /readyz/data_corruption?verbose",
          "GET /readyz/serializable_read?verbose",
          "GET /readyz/linearizable_read?verbose",
          "GET /readyz/non_learner?verbose",
          "GET /readyz/non_learner?exclude=non_learner",
          "GET /readyz/ping",
          "PUT /readyz/non_learner",
          "DELETE /readyz",
          "GET /health",
          "GET /health?serializable=true",
          "GET /health?serializable=yes",
          "GET /health?exclude=NOSPACE",
          "GET /health?exclude=NOSPACE&exclude=CORRUPT",
          "GET /health?exclude=nospace",
          "GET /health?exclude",
          "GET /health/",
          "HEAD /health",
          "POST /health",
          "GET /version",
          "POST /version",
          "GET /nothing");

  /** Each waits for the time-out of a request. */
  private static final List<String> WITHOUT_QUORUM =
      List.of(
          "GET /livez?verbose",
          "GET /readyz",
          "GET /readyz?exclude=linearizable_read",
          "GET /readyz/linearizable_read",
          "GET /readyz/serializable_read?verbose",
          "GET /health",
          "GET /health?serializable=true",
          "GET /version");

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<ServerProcess> started = new ArrayList<>();

  @TempDir Path folder;

  @AfterEach
  void closeAll() {
    started.forEach(ServerProcess::close);
  }

  /** Brings a cluster of a server into a state; gives the member that is asked. */
  private interface State {
    ServerProcess reach(List<String> command, Path folder) throws Exception;
  }

  private ServerProcess one(List<String> command, Path own) {
    ServerProcess server = ServerProcess.start(command, own, List.of());
    started.add(server);
    return server;
  }

  private List<ServerProcess> several(int members, List<String> command, Path own)
      throws IOException {
    List<ServerProcess> servers = ServerProcess.cluster(members, command, own, List.of());
    started.addAll(servers);
    return servers;
  }

  private static void raise(ServerProcess server, AlarmType type) {
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      client.call(
          EtcdClient.ALARM,
          AlarmRequest.newBuilder()
              .setAction(AlarmAction.ACTIVATE)
              .setMemberID(Calls.memberId(server))
              .setAlarm(type)
              .build());
    }
  }

  /** The status, the headers that clients look at, and the lines: checks come in any order. */
  private String ask(ServerProcess server, String asked) throws Exception {
    String[] words = asked.split(" ", 2);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.clientUrl() + words[1]))
            .method(words[0], HttpRequest.BodyPublishers.noBody())
            .timeout(WITHIN)
            .build();
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    StringBuilder told = new StringBuilder().append(response.statusCode());
    for (String header : List.of("content-type", "allow", "x-content-type-options")) {
      told.append(" | ").append(response.headers().firstValue(header).orElse("-"));
    }
    response.body().lines().sorted().forEach(line -> told.append(" | ").append(line));
    return told.append(" | ").append(response.body().length()).toString();
  }

  private Map<String, String> askAll(ServerProcess server, List<String> requests) throws Exception {
    Map<String, String> answers = new TreeMap<>();
    for (String request : requests) {
      answers.put(request, ask(server, request));
    }
    return answers;
  }

  /** What ours answers, which is what the reference does. */
  private Map<String, String> compared(List<String> requests, State state) throws Exception {
    Path own = Files.createDirectory(folder.resolve("ours"));
    Map<String, String> ours = askAll(state.reach(Servers.underTest(), own), requests);
    started.forEach(ServerProcess::close);
    Optional<List<String>> reference = Servers.reference();
    if (reference.isEmpty()) {
      Servers.leftOut("health beside the reference", "no QUORATE_PEERS");
    } else {
      Path other = Files.createDirectory(folder.resolve("theirs"));
      Map<String, String> theirs = askAll(state.reach(reference.get(), other), requests);
      requests.forEach(r -> assertThat(ours.get(r)).as(r).isEqualTo(theirs.get(r)));
    }
    return ours;
  }

  @Test
  void aMemberThatIsWell() throws Exception {
    Map<String, String> answers = compared(ALL, this::one);
    assertThat(answers.get("GET /readyz"))
        .isEqualTo("200 | text/plain; charset=utf-8 | - | nosniff | ok | 3");
    assertThat(answers.get("GET /version"))
        .isEqualTo(
            "200 | application/json | - | - | "
                + "{\"etcdserver\":\"3.7.3\",\"etcdcluster\":\"3.7.0\","
                + "\"storage\":\"3.7.0\"} | 62");
  }

  @Test
  void aMemberWithoutSpace() throws Exception {
    Map<String, String> answers =
        compared(
            ALL,
            (command, own) -> {
              ServerProcess server = one(command, own);
              raise(server, AlarmType.NOSPACE);
              return server;
            });
    assertThat(answers.get("GET /health")).startsWith("503 |").contains("ALARM NOSPACE");
    assertThat(answers.get("GET /readyz")).startsWith("200 |");
  }

  @Test
  void aMemberWhoseStateIsCorrupt() throws Exception {
    Map<String, String> answers =
        compared(
            ALL,
            (command, own) -> {
              ServerProcess server = one(command, own);
              raise(server, AlarmType.CORRUPT);
              return server;
            });
    assertThat(answers.get("GET /health")).startsWith("503 |").contains("ALARM CORRUPT");
    assertThat(answers.get("GET /readyz"))
        .startsWith("503 |")
        .contains("[-]data_corruption failed: alarm activated: CORRUPT");
    assertThat(answers.get("GET /livez")).startsWith("200 |");
  }

  @Test
  void aLearner() throws Exception {
    // The reference does not know the version of its storage there, for a while.
    List<String> requests = ALL.stream().filter(r -> !r.equals("GET /version")).toList();
    Map<String, String> answers = compared(requests, this::learner);
    assertThat(answers.get("GET /readyz"))
        .startsWith("503 |")
        .contains("[-]non_learner failed: not supported for learner");
    assertThat(answers.get("GET /health")).startsWith("200 |");
  }

  private ServerProcess learner(List<String> command, Path own) throws IOException {
    List<ServerProcess> both = several(2, command, own);
    ServerProcess first =
        both.get(0).withFlags(List.of("--initial-cluster", "m1=" + both.get(0).peerUrl()));
    ServerProcess learner = both.get(1).withFlags(List.of("--initial-cluster-state", "existing"));
    started.add(first);
    started.add(learner);
    first.start();
    try (EtcdClient client = new EtcdClient(first.endpoint())) {
      client.call(
          EtcdClient.MEMBER_ADD,
          MemberAddRequest.newBuilder().addPeerURLs(learner.peerUrl()).setIsLearner(true).build());
    }
    learner.start();
    return learner;
  }

  @Test
  void aMemberWithoutAQuorum() throws Exception {
    Map<String, String> answers = compared(WITHOUT_QUORUM, this::alone);
    assertThat(answers.get("GET /health")).startsWith("503 |").contains("RAFT NO LEADER");
    assertThat(answers.get("GET /readyz"))
        .startsWith("503 |")
        .contains("[-]linearizable_read failed: etcdserver: request timed out");
    assertThat(answers.get("GET /livez?verbose")).startsWith("200 |");
  }

  private ServerProcess alone(List<String> command, Path own) throws IOException {
    List<ServerProcess> all = several(3, command, own);
    ServerProcess.startAll(all);
    // Which only a leader decides, some time after the start.
    Awaitility.await("the versions are decided")
        .atMost(WITHIN)
        .until(
            () -> {
              String versions = ask(all.get(0), "GET /version");
              return !versions.contains("not_decided")
                  && versions.contains("\"storage\":\"3.7.0\"");
            });
    all.get(1).kill();
    all.get(2).kill();
    ServerProcess left = all.get(0);
    Awaitility.await("nobody leads")
        .atMost(WITHIN)
        .until(() -> ask(left, "GET /health").contains("RAFT NO LEADER"));
    return left;
  }
}
