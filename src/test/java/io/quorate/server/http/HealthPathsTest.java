package io.quorate.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.apply.Alarm;
import io.quorate.base.EtcdError;
import io.quorate.metrics.MetricsText;
import io.quorate.server.grpc.HttpRoutes;
import io.quorate.server.grpc.Outbound;
import io.quorate.server.grpc.RequestContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of the checks of health; what etcd 3.7.3 answers was observed. */
class HealthPathsTest {
  private static final String ALL_GOOD =
      "[+]data_corruption ok\n[+]serializable_read ok\n[+]linearizable_read ok\n"
          + "[+]non_learner ok\n";

  private final Facts facts = new Facts();
  private final HealthPaths paths = new HealthPaths(facts);

  private static final class Facts implements HealthFacts {
    private List<Alarm> alarms = List.of();
    private boolean leader = true;
    private boolean learner;
    private boolean quarantined;
    private CompletableFuture<String> local = CompletableFuture.completedFuture("");
    private CompletableFuture<String> global = CompletableFuture.completedFuture("");

    @Override
    public List<Alarm> alarms() {
      return alarms;
    }

    @Override
    public boolean hasLeader() {
      return leader;
    }

    @Override
    public boolean isLearner() {
      return learner;
    }

    @Override
    public boolean isQuarantined() {
      return quarantined;
    }

    @Override
    public CompletionStage<?> read(boolean serializable) {
      return serializable ? local : global;
    }
  }

  private record Asked(String method, String path, Map<String, List<String>> parameters)
      implements HttpRoutes.Call {
    @Override
    public @Nullable String query(String name) {
      List<String> values = queryAll(name);
      return values.isEmpty() ? null : values.get(0);
    }

    @Override
    public List<String> queryAll(String name) {
      return parameters.getOrDefault(name, List.of());
    }

    @Override
    public byte[] body() {
      return new byte[0];
    }

    @Override
    public RequestContext context() {
      return RequestContext.of(path, Map.of());
    }
  }

  /** Writes down what is answered. */
  private static final class Told implements HttpRoutes.Reply {
    private final List<String> answers = new ArrayList<>();

    @Override
    public void send(int status, String type, Map<String, String> headers, byte[] body) {
      String text = new String(body, StandardCharsets.UTF_8);
      answers.add(status + " " + type + " " + new TreeMap<>(headers) + " " + text);
    }

    @Override
    public Outbound stream(int status, String contentType, Runnable onCancel) {
      throw new IllegalStateException("not streamed");
    }
  }

  private Told ask(String method, String url) throws Exception {
    String[] parts = url.split("\\?", 2);
    Map<String, List<String>> parameters = new TreeMap<>();
    if (parts.length > 1) {
      for (String part : parts[1].split("&", -1)) {
        String[] pair = part.split("=", 2);
        parameters
            .computeIfAbsent(pair[0], name -> new ArrayList<>())
            .add(pair.length > 1 ? pair[1] : "");
      }
    }
    HttpRoutes.Handler handler = paths.find(parts[0]);
    assertThat(handler).as(parts[0]).isNotNull();
    Told told = new Told();
    handler.handle(new Asked(method, parts[0], parameters), told);
    return told;
  }

  private String get(String url) throws Exception {
    Told told = ask("GET", url);
    assertThat(told.answers).hasSize(1);
    return told.answers.get(0);
  }

  private static String good(String body) {
    return "200 text/plain; charset=utf-8 {X-Content-Type-Options=nosniff} " + body;
  }

  private static String bad(String body) {
    return "503 text/plain; charset=utf-8 {X-Content-Type-Options=nosniff} " + body + "\n";
  }

  private static Alarm alarm(Alarm.Type type) {
    return new Alarm(1, type);
  }

  @Test
  void saysOkAndMoreOnlyWhenAsked() throws Exception {
    assertThat(get("/livez")).isEqualTo(good("ok\n"));
    assertThat(get("/livez?verbose")).isEqualTo(good("[+]serializable_read ok\nok\n"));
    assertThat(get("/readyz")).isEqualTo(good("ok\n"));
    assertThat(get("/readyz?verbose=false")).isEqualTo(good(ALL_GOOD + "ok\n"));
  }

  @Test
  void runsOneCheckAlone() throws Exception {
    facts.learner = true;
    assertThat(get("/readyz/data_corruption?verbose"))
        .isEqualTo(good("[+]data_corruption ok\nok\n"));
    assertThat(get("/readyz/linearizable_read")).isEqualTo(good("ok\n"));
    assertThat(get("/readyz/non_learner"))
        .isEqualTo(bad("[-]non_learner failed: not supported for learner\n"));
    assertThat(get("/livez/serializable_read")).isEqualTo(good("ok\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/livez/",
        "/livez/linearizable_read",
        "/readyz/",
        "/readyz/ping",
        "/readyz2",
        "/readyz2non_learner",
        "/health/",
        "/livez/serializable_read/"
      })
  void knowsNoOtherPath(String path) {
    assertThat(paths.find(path)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/livez", "/readyz/non_learner", "/health"})
  void takesNothingButGet(String path) throws Exception {
    assertThat(ask("POST", path).answers)
        .containsExactly(
            "405 text/plain; charset=utf-8 {Allow=GET, X-Content-Type-Options=nosniff}"
                + " Method Not Allowed\n");
  }

  @Test
  void leavesOutWhatIsExcludedAndMindsNoUnknownName() throws Exception {
    facts.learner = true;
    assertThat(get("/readyz?exclude=non_learner&exclude=ping&exclude=")).isEqualTo(good("ok\n"));
    assertThat(get("/readyz?exclude=non_learner&exclude=data_corruption&verbose"))
        .isEqualTo(good("[+]serializable_read ok\n[+]linearizable_read ok\nok\n"));
    // What is asked for alone cannot be left out.
    assertThat(get("/readyz/non_learner?exclude=non_learner"))
        .isEqualTo(bad("[-]non_learner failed: not supported for learner\n"));
  }

  @Test
  void tellsAllChecksWhenOneFails() throws Exception {
    facts.global = CompletableFuture.failedFuture(EtcdError.TIMEOUT.exception());
    assertThat(get("/readyz"))
        .isEqualTo(
            bad(
                "[+]data_corruption ok\n[+]serializable_read ok\n"
                    + "[-]linearizable_read failed: etcdserver: request timed out\n"
                    + "[+]non_learner ok\n"));
    assertThat(get("/livez")).isEqualTo(good("ok\n"));
    assertThat(get("/health"))
        .isEqualTo(
            bad(
                "{\"health\":\"false\","
                    + "\"reason\":\"RANGE ERROR:etcdserver: request timed out\"}"));
    assertThat(get("/health?serializable=true"))
        .isEqualTo("200 text/plain; charset=utf-8 {} {\"health\":\"true\",\"reason\":\"\"}");
  }

  @Test
  void waitsForAReadAndAnswersOnce() throws Exception {
    facts.global = new CompletableFuture<>();
    Told told = ask("GET", "/readyz?verbose");
    assertThat(told.answers).isEmpty();
    facts.global.complete("");
    assertThat(told.answers).containsExactly(good(ALL_GOOD + "ok\n"));
  }

  @Test
  void onlyCorruptionMakesAMemberUnready() throws Exception {
    facts.alarms = List.of(alarm(Alarm.Type.NOSPACE));
    assertThat(get("/readyz")).isEqualTo(good("ok\n"));
    assertThat(get("/health"))
        .isEqualTo(bad("{\"health\":\"false\",\"reason\":\"ALARM NOSPACE\"}"));
    assertThat(get("/health?exclude=NOSPACE"))
        .isEqualTo("200 text/plain; charset=utf-8 {} {\"health\":\"true\",\"reason\":\"\"}");
    facts.alarms = List.of(alarm(Alarm.Type.NOSPACE), alarm(Alarm.Type.CORRUPT));
    assertThat(get("/readyz/data_corruption"))
        .isEqualTo(bad("[-]data_corruption failed: alarm activated: CORRUPT\n"));
    assertThat(get("/livez")).isEqualTo(good("ok\n"));
    assertThat(get("/health?exclude=NOSPACE"))
        .isEqualTo(bad("{\"health\":\"false\",\"reason\":\"ALARM CORRUPT\"}"));
  }

  @Test
  void healthAsksForALeaderUnlessOneMemberIsMeant() throws Exception {
    facts.leader = false;
    assertThat(get("/health"))
        .isEqualTo(bad("{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}"));
    assertThat(get("/health?serializable=yes"))
        .isEqualTo(bad("{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}"));
    assertThat(get("/health?serializable=true"))
        .isEqualTo("200 text/plain; charset=utf-8 {} {\"health\":\"true\",\"reason\":\"\"}");
  }

  @Test
  void aDamagedMemberLivesAndIsNeitherReadyNorHealthy() throws Exception {
    facts.quarantined = true;
    String why = " failed: etcdserver: the member is in quarantine until it is repaired\n";
    assertThat(get("/livez")).isEqualTo(good("ok\n"));
    assertThat(get("/readyz"))
        .isEqualTo(
            bad(
                "[-]data_corruption"
                    + why
                    + "[-]serializable_read"
                    + why
                    + "[-]linearizable_read"
                    + why
                    + "[+]non_learner ok\n"));
    assertThat(get("/health?serializable=true"))
        .isEqualTo(bad("{\"health\":\"false\",\"reason\":\"STORE DAMAGED\"}"));
  }

  @Test
  void countsWhatItSaid() throws Exception {
    facts.learner = true;
    get("/readyz");
    facts.learner = false;
    get("/readyz/non_learner");
    get("/health");
    facts.leader = false;
    get("/health");
    get("/health");
    MetricsText page = new MetricsText();
    paths.writeTo(page);
    assertThat(page.toString())
        .contains(
            "\netcd_server_health_success 1\n",
            "\netcd_server_health_failures 2\n",
            "\netcd_server_healthcheck{name=\"non_learner\",type=\"readyz\"} 1\n",
            "\netcd_server_healthchecks_total{name=\"non_learner\",status=\"error\","
                + "type=\"readyz\"} 1\n",
            "\netcd_server_healthchecks_total{name=\"non_learner\",status=\"success\","
                + "type=\"readyz\"} 1\n")
        .doesNotContain("livez");
  }
}
