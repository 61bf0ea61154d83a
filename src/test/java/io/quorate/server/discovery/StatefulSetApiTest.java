package io.quorate.server.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.quorate.tls.TestAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatefulSetApiTest {
  private static final String FAILED = "cannot ask Kubernetes for the scale of StatefulSet q: ";

  @TempDir Path folder;

  private StubKubernetes kubernetes;
  private final Map<String, String> env = new HashMap<>();

  @BeforeEach
  void open() throws Exception {
    kubernetes = new StubKubernetes(folder);
    for (String variable : kubernetes.variables()) {
      String[] parts = variable.split("=");
      env.put(parts[0], parts[1]);
    }
  }

  @AfterEach
  void close() {
    kubernetes.close();
  }

  private StatefulSetApi api() {
    Map<String, String> properties = new HashMap<>();
    for (String property : kubernetes.properties()) {
      String[] parts = property.substring("-D".length()).split("=");
      properties.put(parts[0], parts[1]);
    }
    Config all =
        ConfigFactory.parseMap(properties).withFallback(DiscoverySettings.load().all()).resolve();
    return new StatefulSetApi(DiscoverySettings.of(all), env, "q");
  }

  private void answers(String json) {
    kubernetes.answers(
        "/apis/apps/v1/namespaces/" + StubKubernetes.NAMESPACE + "/statefulsets/q/scale",
        () -> json);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"kind\":\"Scale\",\"spec\":{\"replicas\":3},\"status\":{\"replicas\":1}} | 3",
        "{\"kind\":\"Scale\",\"spec\":{}} | 0",
      })
  void saysHowManyAreWanted(String json, int replicas) {
    answers(json);
    assertThat(api().replicas()).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(replicas);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | it says nothing of replicas",
        "{\"spec\":{\"replicas\":\"three\"}} | it says nothing of replicas",
        "<html> | Unexpected character",
      })
  void doesNotBelieveWhatIsNoScale(String json, String text) {
    answers(json);
    assertFails(api(), text);
  }

  private static void assertFails(StatefulSetApi api, String text) {
    assertThatThrownBy(() -> api.replicas().toCompletableFuture().join())
        .hasCauseInstanceOf(DiscoveryException.class)
        .hasMessageContaining(FAILED + text);
  }

  @Test
  void saysWhyItWasRefused() throws Exception {
    StatefulSetApi api = api();
    assertFails(api, "403 {\"kind\":\"Status\",\"message\":\"forbidden\"}");
    answers("{\"spec\":{\"replicas\":3}}");
    Path token = folder.resolve("token");
    String good = Files.readString(token);
    Files.writeString(token, "old");
    assertFails(api, "401 ");
    // Tokens are renewed every hour.
    Files.writeString(token, good);
    assertThat(api.replicas().toCompletableFuture().join()).isEqualTo(3);
  }

  @Test
  void goesOnWhenTheAuthoritiesAreOthers() throws Exception {
    answers("{\"spec\":{\"replicas\":3}}");
    Path ca = folder.resolve("ca.crt");
    String good = Files.readString(ca);
    new TestAuthority("stranger").writeTo(ca);
    StatefulSetApi api = api();
    assertFails(api, "");
    Files.writeString(ca, good);
    assertThat(api.replicas().toCompletableFuture().join()).isEqualTo(3);
  }

  @Test
  void saysThatItIsInNoPod() {
    env.clear();
    assertFails(api(), "KUBERNETES_SERVICE_HOST is not set, as it is in every pod");
  }

  @Test
  void saysThatNobodyAnswers() {
    kubernetes.close();
    assertFails(api(), "");
  }
}
