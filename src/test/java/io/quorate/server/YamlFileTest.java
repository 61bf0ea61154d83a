package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.tls.Tls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlFileTest {
  @TempDir Path dir;

  private ServeConfig resolve(String text) throws Exception {
    Path file = Files.writeString(dir.resolve("c.yaml"), text);
    return new ConfigResolver(YamlFile.read(file.toString()), true, dir).resolve();
  }

  @Test
  void readsTheKeysOfEtcdInAnyCase() throws Exception {
    ServeConfig config =
        resolve(
            """
            NAME: a
            data-dir: /d
            wal-dir:
            unknown-key: [1, 2]
            snapshot-count: 5
            watch-progress-notify-interval: 200000000
            listen-client-urls: http://127.0.0.1:1,http://127.0.0.1:2
            log-outputs: [stderr]
            cipher-suites: []
            client-transport-security:
              cert-file:
              client-cert-auth: false
            auto-compaction-retention: "1"
            heartbeat-interval: 50
            election-timeout: 999
            pre-vote: false
            initial-election-tick-advance: false
            strict-reconfig-check: false
            replace-lost-member: true
            """);
    assertThat(config.name()).isEqualTo("a");
    assertThat(config.dataDir()).isEqualTo(Path.of("/d"));
    assertThat(config.limits().snapshotCount()).isEqualTo(5);
    assertThat(config.limits().watchProgressNotifyInterval()).isEqualTo(Duration.ofMillis(200));
    assertThat(config.urls().listenClient()).hasSize(2);
    assertThat(EtcdUrl.join(config.urls().advertiseClient())).isEqualTo("http://localhost:2379");
    assertThat(config.compaction().retention()).isEqualTo(Duration.ofHours(1).toNanos());
    assertThat(config.consensus())
        .isEqualTo(
            new ServeConfig.Consensus(Duration.ofMillis(50), 19, false, false, false, false, true));
  }

  @Test
  void readsTheSecurityOfPeersUnderItsOwnKeys() throws Exception {
    Tls.Settings settings =
        resolve(
                """
                listen-peer-urls: https://127.0.0.1:1
                peer-transport-security:
                  cert-file: /c
                  key-file: /k
                  client-cert-file: /d
                  client-key-file: /e
                  client-cert-auth: true
                  trusted-ca-file: /ca
                  allowed-cn: [a, b]
                  skip-client-san-verification: true
                  unknown: 1
                  auto-tls:
                """)
            .urls()
            .peerSecurity()
            .settings();
    assertThat(settings)
        .isEqualTo(
            new Tls.Settings(
                Optional.of(new Tls.KeyFiles(Path.of("/c"), Path.of("/k"))),
                Optional.of(new Tls.KeyFiles(Path.of("/d"), Path.of("/e"))),
                new Tls.Belief(
                    Optional.of(Path.of("/ca")),
                    Optional.empty(),
                    true,
                    List.of("a", "b"),
                    List.of(),
                    false),
                Tls.Protocol.PRESET));
    assertThat(
            resolve(
                    """
                    peer-transport-security: {auto-tls: true, allowed-hostname: [h]}
                    self-signed-cert-validity: 2
                    """)
                .urls()
                .peerSecurity())
        .isEqualTo(new ServeConfig.Security(Tls.Settings.NONE, true, 2));
  }

  @Test
  void readsTheSecurityOfClientsUnderItsOwnKeys() throws Exception {
    ServeConfig.Security security =
        resolve(
                """
                listen-client-urls: https://127.0.0.1:1
                tls-min-version: TLS1.3
                client-transport-security:
                  cert-file: /c
                  key-file: /k
                  client-cert-auth: true
                  trusted-ca-file: /ca
                  allowed-hostname: [h]
                """)
            .urls()
            .clientSecurity();
    assertThat(security.settings())
        .isEqualTo(
            new Tls.Settings(
                Optional.of(new Tls.KeyFiles(Path.of("/c"), Path.of("/k"))),
                Optional.empty(),
                new Tls.Belief(
                    Optional.of(Path.of("/ca")),
                    Optional.empty(),
                    true,
                    List.of(),
                    List.of("h"),
                    false),
                new Tls.Protocol(List.of("TLSv1.3"), List.of(), List.of("h2", "http/1.1"))));
  }

  @Test
  void emptyFileMeansDefaults() throws Exception {
    assertThat(resolve("").name()).isEqualTo("default");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "snapshot-count: x | snapshot-count: expected a whole number, got \"x\"",
        "snapshot-count: 2000.5 | snapshot-count: expected a whole number, got \"2000.5\"",
        "snapshot-count: -1 | snapshot-count: parse error",
        "watch-progress-notify-interval: 5s | watch-progress-notify-interval:"
            + " expected a whole number of nanoseconds, got \"5s\"",
        "name: 5 | name: expected a string, got \"5\"",
        "name: [ | is no YAML: line ",
        "- a | holds no mapping",
        "listen-client-urls: foo | unexpected error setting up listen-client-urls:"
            + " URL scheme must be http, https, unix, or unixs: foo",
        "initial-cluster-state: z | unexpected clusterState \"z\"",
        "listen-peer-urls: http://x:1 | expected IP in URL for binding (http://x:1)",
        "heartbeat-interval: 0 | --heartbeat-interval must be >0 (set to 0ms)",
        "heartbeat-interval: '50' | heartbeat-interval: expected a whole number, got \"50\"",
        "heartbeat-interval: -1 | heartbeat-interval: parse error",
        "election-timeout: 60000 | --election-timeout[60000ms] is too long,"
            + " and should be set less than 50000ms",
        "pre-vote: x | pre-vote: expected true or false, got \"x\"",
        "'peer-transport-security: {client-cert-auth: x}'"
            + " | peer-client-cert-auth: expected true or false, got \"x\"",
        "'peer-transport-security: {allowed-hostname: [h], allowed-cn: [c], cert-file: c,"
            + " key-file: k}' | AllowedCNs and AllowedHostnames are mutually exclusive",
        "max-wals: 6 | max-wals is known to etcd",
        "'client-transport-security: {cert-file: x}' | KeyFile and CertFile must both be present",
        "'client-transport-security: {allowed-cn: [x]}'"
            + " | client-transport-security: allowed-cn is known to etcd",
        "'discovery-config: {token: x}' | discovery-config is known to etcd"
      })
  void refusesInOneLine(String text, String part) {
    assertThatThrownBy(() -> resolve(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(part)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void refusesTagsThatMakeObjects() {
    assertThatThrownBy(() -> resolve("name: !!java.net.URL [http://localhost]"))
        .isInstanceOf(ConfigException.class);
  }

  @Test
  void namesTheFileThatIsNotThere() {
    assertThatThrownBy(() -> YamlFile.read("/nonexistent"))
        .hasMessage("open /nonexistent: no such file or directory");
  }
}
