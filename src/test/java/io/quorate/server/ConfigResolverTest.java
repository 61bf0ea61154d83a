package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.server.ServeConfig.CompactionMode;
import io.quorate.tls.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The messages were recorded from etcd 3.7.3, unless a test says that they are ours. */
class ConfigResolverTest {
  private static final Path DIR = Path.of("/work dir");

  static ServeConfig resolve(String... args) throws ConfigException {
    CommandLine line = CommandLine.parse(Arrays.asList(args));
    ConfigResolver resolver = new ConfigResolver(line.values(), false, DIR);
    resolver.logging();
    return resolver.resolve();
  }

  private static void found(String args) throws ConfigException {
    Founding.check(resolve(args.split(" ")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--listen-client-urls=http://127.0.0.1:1"
            + " | --advertise-client-urls is required when --listen-client-urls is set explicitly",
        "--listen-client-urls="
            + " | --advertise-client-urls is required when --listen-client-urls is set explicitly",
        "--listen-client-urls=http://foo:1 --advertise-client-urls=http://a:1"
            + " | expected IP in URL for binding (http://foo:1)",
        "--listen-peer-urls=http://:1 | expected IP in URL for binding (http://:1)",
        "--advertise-client-urls=http://:1 | --advertise-client-urls \"http://:1\" must be in the"
            + " format \"host:port\", \"unix:/path/to/socket\" or \"unixs:/path/to/socket\""
            + " (unexpected empty host (http://:1))",
        "--initial-advertise-peer-urls=http://:1 | --initial-advertise-peer-urls \"http://:1\" must"
            + " be \"host:port\" (unexpected empty host (http://:1))",
        "--heartbeat-interval=0 | --heartbeat-interval must be >0 (set to 0ms)",
        "--heartbeat-interval=0 --election-timeout=0"
            + " | --heartbeat-interval must be >0 (set to 0ms)",
        "--election-timeout=0 | --election-timeout must be >0 (set to 0ms)",
        "--election-timeout=499 | --election-timeout[499ms] should be at least as 5 times as"
            + " --heartbeat-interval[100ms]",
        "--heartbeat-interval=201 | --election-timeout[1000ms] should be at least as 5 times as"
            + " --heartbeat-interval[201ms]",
        "--election-timeout=50001 | --election-timeout[50001ms] is too long,"
            + " and should be set less than 50000ms",
        "--heartbeat-interval=20000 --election-timeout=60000 | --election-timeout[60000ms] should"
            + " be at least as 5 times as --heartbeat-interval[20000ms]",
        "--election-timeout=0 --listen-client-urls=http://127.0.0.1:1"
            + " | --election-timeout must be >0 (set to 0ms)",
        "--election-timeout=0 --advertise-client-urls=http://:1 | --advertise-client-urls"
            + " \"http://:1\" must be in the format \"host:port\", \"unix:/path/to/socket\" or"
            + " \"unixs:/path/to/socket\" (unexpected empty host (http://:1))",
        "--election-timeout=0 --auto-compaction-mode=x"
            + " | --election-timeout must be >0 (set to 0ms)",
        "--auto-compaction-mode=x | unknown auto-compaction-mode \"x\"",
        "--auto-compaction-mode= | undefined auto-compaction-mode",
        "--auto-compaction-retention=x"
            + " | error parsing CompactionRetention: time: invalid duration \"x\"",
        "--auto-compaction-retention=-1"
            + " | error parsing CompactionRetention: time: missing unit in duration \"-1\"",
        "--initial-cluster a --name a | error setting up initial cluster:"
            + " URL scheme must be http, https, unix, or unixs:",
        "--listen-peer-urls=https://127.0.0.1:1 | cannot listen on TLS for 127.0.0.1:1: KeyFile"
            + " and CertFile are not presented",
        "--listen-peer-urls=https://127.0.0.1:1 --peer-trusted-ca-file=ca --peer-client-cert-auth"
            + " | cannot listen on TLS for 127.0.0.1:1: KeyFile and CertFile are not presented",
        "--peer-cert-file=a.pem | KeyFile and CertFile must both be present[key: , cert: a.pem]",
        "--peer-key-file=a.key --peer-auto-tls"
            + " | KeyFile and CertFile must both be present[key: a.key, cert: ]",
        "--peer-cert-file=c --peer-key-file=k --peer-client-cert-file=a.pem | ClientKeyFile and"
            + " ClientCertFile must both be present or both absent: key: , cert: a.pem]",
        "--peer-cert-file=c --peer-key-file=k --peer-cert-allowed-cn=a,b"
            + " --peer-cert-allowed-hostname=h | AllowedCNs and AllowedHostnames are mutually"
            + " exclusive (cns=[\"a\" \"b\"], hostnames=[\"h\"])",
        "--peer-auto-tls --self-signed-cert-validity=0 | failed to get peer self-signed certs:"
            + " selfSignedCertValidity is invalid,it should be greater than 0",
        "--log-format=x | unknown log format: x, supported values json, console",
        "--log-level=x | unrecognized level: \"x\""
      })
  void refusesContradictionsInTheWordsOfEtcd(String args, String message) {
    assertThatThrownBy(() -> resolve(args.split(" ")))
        .isInstanceOf(ConfigException.class)
        .satisfies(e -> assertThat(e.getMessage().strip()).isEqualTo(message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--discovery-srv=x --initial-cluster=default=http://localhost:2380 --election-timeout=0"
            + " | multiple discovery or bootstrap flags are set. Choose one of \"initial-cluster\","
            + " \"discovery-endpoints\" or \"discovery-srv\"",
        "--discovery-srv=x --discovery-method=dns"
            + " | multiple discovery or bootstrap flags are set. Choose one of \"initial-cluster\","
            + " \"discovery-endpoints\", \"discovery-srv\" or \"discovery-method\"",
        "--discovery-method=x | unknown discovery-method \"x\", supported values config, dns,"
            + " kubernetes-api",
        "--discovery-method=dns | --discovery-method needs --discovery-service",
        "--discovery-method=dns --discovery-service=x --discovery-size=100"
            + " | --discovery-size is 100, but it must be from 1 to 99",
        "--fleet-port=65536 | --fleet-port is 65536, but a port is at most 65535"
      })
  void refusesUnclearWaysToTheOtherMembers(String args, String message) {
    refusesContradictionsInTheWordsOfEtcd(args, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--name a --initial-cluster a=http://127.0.0.1:22002"
            + " | --initial-cluster has a=http://127.0.0.1:22002 but missing from"
            + " --initial-advertise-peer-urls=http://localhost:2380 (resolved urls:"
            + " \"http://localhost:2380\" != \"http://127.0.0.1:22002\")",
        "--name a --initial-advertise-peer-urls http://127.0.0.1:2"
            + " --initial-cluster b=http://127.0.0.1:2"
            + " | couldn't find local name \"a\" in the initial cluster configuration",
        "--name a --initial-cluster="
            + " | couldn't find local name \"a\" in the initial cluster configuration",
        "--name a --initial-advertise-peer-urls http://127.0.0.1:2,http://127.0.0.1:3"
            + " --initial-cluster a=http://127.0.0.1:2"
            + " | --initial-advertise-peer-urls has http://127.0.0.1:3 but missing from"
            + " --initial-cluster=a=http://127.0.0.1:2,a=http://127.0.0.1:3",
        "--name a --initial-advertise-peer-urls http://127.0.0.1:2"
            + " --initial-cluster a=http://127.0.0.1:2,a=http://127.0.0.1:3"
            + " | --initial-cluster has a=http://127.0.0.1:3 but missing from"
            + " --initial-advertise-peer-urls=http://127.0.0.1:2"
            + " (len([\"http://127.0.0.1:2\"])"
            + " != len([\"http://127.0.0.1:2\" \"http://127.0.0.1:3\"]))",
        "--name a --initial-advertise-peer-urls http://127.0.0.1:2"
            + " --initial-cluster a=http://127.0.0.1:2,b=http://127.0.0.1:2"
            + " | initial cluster a=http://127.0.0.1:2,b=http://127.0.0.1:2 has duplicate url",
        "--name a --initial-advertise-peer-urls http://127.0.0.1:2"
            + " --initial-cluster a=http://127.0.0.1:2,a=http://127.0.0.1:2"
            + " | failed to resolve http://127.0.0.1:2 to match"
            + " --initial-cluster=a=http://127.0.0.1:2 (len([\"http://127.0.0.1:2\"])"
            + " != len([\"http://127.0.0.1:2\" \"http://127.0.0.1:2\"]))",
        "--name a --initial-advertise-peer-urls http://127.0.0.1:2"
            + " --initial-cluster a=http://127.0.0.1:3,b=http://127.0.0.1:2"
            + " | --initial-cluster has a=http://127.0.0.1:3 but missing from"
            + " --initial-advertise-peer-urls=http://127.0.0.1:2 (resolved urls:"
            + " \"http://127.0.0.1:2\" != \"http://127.0.0.1:3\")",
        "--name a --initial-cluster-state existing --initial-cluster b=http://127.0.0.1:2"
            + " | couldn't find local name \"a\" in the initial cluster configuration",
        "--name a --initial-cluster-state existing --initial-cluster="
            + " | couldn't find local name \"a\" in the initial cluster configuration",
        "--name a --initial-cluster-state existing"
            + " --initial-cluster b=http://127.0.0.1:2,a=http://127.0.0.1:2"
            + " | initial cluster a=http://127.0.0.1:2,b=http://127.0.0.1:2 has duplicate url",
        "--name= | couldn't find local name \"\" in the initial cluster configuration"
      })
  void refusesToFoundWhatEtcdRefuses(String args, String message) {
    assertThatThrownBy(() -> found(args)).hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--initial-cluster-state existing --initial-cluster default=unix://x"
            + " | --initial-cluster has unix://x,"
            + " but this version only speaks http:// and https:// to members",
        "--listen-peer-urls unix://x | --listen-peer-urls has unix://x,"
            + " but this version only serves http:// and https://",
        "--listen-client-urls unix://x --advertise-client-urls=unix://x"
            + " | --listen-client-urls has unix://x,"
            + " but this version only serves http:// and https://",
        "--auto-compaction-retention=-1h | --auto-compaction-retention is negative: -1h"
      })
  void refusesInOurWordsWhatThisVersionCannotDo(String args, String message) {
    assertThatThrownBy(() -> found(args)).hasMessage(message);
  }

  /** All of these were started by etcd, or it asked the other members first. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--initial-cluster default=http://localhost:2380,b=http://127.0.0.1:3 | b,default",
        "--initial-cluster default=http://localhost:2380,=http://127.0.0.1:3 | ,default",
        "--initial-cluster b=http://h:1,default=http://localhost:2380,c=http://h:2,d=http://h:3,"
            + "e=http://h:4,f=http://h:5,g=http://h:6 | b,c,d,default,e,f,g",
        "--initial-cluster default=http://localhost:2380,b=http://127.0.0.1:2380 | b,default",
        "--initial-cluster default=http://localhost:2380,b=https://127.0.0.1:3 | b,default",
        "--initial-cluster-state existing | default",
        "--initial-cluster-state existing --initial-advertise-peer-urls http://127.0.0.1:2"
            + " --initial-cluster default=http://127.0.0.1:3,b=http://127.0.0.1:2 | b,default"
      })
  void takesClustersThatEtcdTakes(String args, String names) throws Exception {
    ServeConfig config = resolve(args.split(" "));
    Founding.check(config);
    assertThat(String.join(",", config.bootstrap().initialCluster().keySet())).isEqualTo(names);
  }

  @Test
  void mergesTheUrlsOfANameThatIsListedTwice() throws Exception {
    ServeConfig config =
        resolve(
            "--name=n",
            "--initial-advertise-peer-urls=http://127.0.0.1:3,http://127.0.0.1:2",
            "--initial-cluster=n=http://127.0.0.1:3,m=http://127.0.0.1:4,n=http://127.0.0.1:2");
    Founding.check(config);
    assertThat(EtcdUrl.join(config.bootstrap().initialCluster().get("n")))
        .isEqualTo("http://127.0.0.1:2,http://127.0.0.1:3");
    assertThat(config.bootstrap().initialCluster()).hasSize(2);
  }

  @Test
  void initialClusterFollowsTheName() throws Exception {
    ServeConfig config = resolve("--name=x", "--initial-advertise-peer-urls=http://10.0.0.1:1");
    Founding.check(config);
    assertThat(config.bootstrap().initialCluster()).containsOnlyKeys("x");
    assertThat(config.dataDir()).isEqualTo(Path.of("/work dir/x.quorate"));
  }

  @Test
  void sortsUrlsAndDropsRepetitions() throws Exception {
    ServeConfig config =
        resolve(
            "--listen-client-urls=http://[::]:2, http://127.0.0.1:1,http://127.0.0.1:1",
            "--advertise-client-urls=HTTP://some.host:1");
    assertThat(config.urls().listenClient())
        .extracting(EtcdUrl::text)
        .containsExactly("http://127.0.0.1:1", "http://[::]:2");
    assertThat(config.urls().listenClient().get(1).host()).isEqualTo("::");
    assertThat(config.urls().advertiseClient())
        .extracting(EtcdUrl::text)
        .containsExactly("http://some.host:1");
  }

  @Test
  void advertisesThisMachineWhenListeningEverywhere() throws Exception {
    ServeConfig config = resolve("--name=f", "--listen-peer-urls=http://0.0.0.0:22012");
    Founding.check(config);
    String expected =
        Addresses.defaultHost()
            .map(host -> "http://" + host + ":22012")
            .orElse("http://localhost:2380");
    assertThat(EtcdUrl.join(config.urls().advertisePeer())).isEqualTo(expected);
    assertThat(EtcdUrl.join(config.bootstrap().initialCluster().get("f"))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "periodic,0,0",
    "periodic,'',0",
    "periodic,1,3600000000000",
    "periodic,30m,1800000000000",
    "revision,1000,1000",
    "revision,1h,3600000000000"
  })
  void readsRetentionAsEtcdDoes(String mode, String text, long retention) throws Exception {
    ServeConfig.Compaction compaction =
        resolve("--auto-compaction-mode=" + mode, "--auto-compaction-retention=" + text)
            .compaction();
    assertThat(compaction.retention()).isEqualTo(retention);
    assertThat(compaction.mode())
        .isEqualTo(mode.equals("revision") ? CompactionMode.REVISION : CompactionMode.PERIODIC);
  }

  @Test
  void metricsAreBasicUnlessTheOneWordIsSaid() throws Exception {
    assertThat(resolve().limits().metrics()).isEqualTo(new ServeConfig.Metrics(false, List.of()));
    assertThat(resolve("--metrics=all").limits().metrics().extensive()).isFalse();
    ServeConfig.Metrics metrics =
        resolve("--metrics=extensive", "--listen-metrics-urls=http://127.0.0.1:1,http://[::1]:2")
            .limits()
            .metrics();
    assertThat(metrics.extensive()).isTrue();
    assertThat(EtcdUrl.join(metrics.listen())).isEqualTo("http://127.0.0.1:1,http://[::1]:2");
  }

  @Test
  void zeroIntervalMeansTenMinutes() throws Exception {
    assertThat(resolve().limits().watchProgressNotifyInterval()).isEqualTo(Duration.ofMinutes(10));
    assertThat(
            resolve("--watch-progress-notify-interval=100ms")
                .limits()
                .watchProgressNotifyInterval())
        .isEqualTo(Duration.ofMillis(100));
  }

  @ParameterizedTest
  @CsvSource({
    "100,1000,10",
    "100,500,5",
    "16,1000,62",
    "50,999,19",
    "10000,50000,5",
    "0x10,50000,3125"
  })
  void countsElectionTicksAsEtcdDoes(String heartbeat, String election, int ticks)
      throws Exception {
    ServeConfig.Consensus consensus =
        resolve("--heartbeat-interval=" + heartbeat, "--election-timeout=" + election).consensus();
    assertThat(consensus.electionTicks()).isEqualTo(ticks);
    assertThat(consensus.heartbeat()).isEqualTo(Duration.ofMillis(Long.decode(heartbeat)));
  }

  @Test
  void refusesAHeartbeatOfWhichFiveOverflow() {
    // This one is ours: etcd's product wraps round to 4, and it panics later.
    assertThatThrownBy(() -> resolve("--heartbeat-interval=3689348814741910324"))
        .hasMessage(
            "--election-timeout[1000ms] should be at least as 5 times as"
                + " --heartbeat-interval[3689348814741910324ms]");
  }

  @Test
  void eachFlagOfAgreementHasItsOwnEffect() throws Exception {
    Duration heartbeat = Duration.ofMillis(100);
    assertThat(resolve().consensus())
        .isEqualTo(new ServeConfig.Consensus(heartbeat, 10, true, true, true, false, false));
    assertThat(resolve("--pre-vote=false", "--auto-promote").consensus())
        .isEqualTo(new ServeConfig.Consensus(heartbeat, 10, false, true, true, true, false));
    assertThat(resolve("--strict-reconfig-check=false", "--replace-lost-member").consensus())
        .isEqualTo(new ServeConfig.Consensus(heartbeat, 10, true, false, true, false, true));
    assertThat(resolve("--initial-election-tick-advance=false").consensus())
        .isEqualTo(new ServeConfig.Consensus(heartbeat, 10, true, true, false, false, false));
  }

  @Test
  void readsWhatTlsBetweenMembersNeeds() throws Exception {
    Tls.Settings settings =
        resolve(
                "--listen-peer-urls=https://127.0.0.1:1",
                "--peer-cert-file=c.pem",
                "--peer-key-file=/k.pem",
                "--peer-client-cert-file=d.pem",
                "--peer-client-key-file=e.pem",
                "--peer-trusted-ca-file=ca.pem",
                "--peer-client-cert-auth",
                "--peer-cert-allowed-cn=x",
                "--peer-cert-allowed-cn=a,b c")
            .urls()
            .peerSecurity()
            .settings();
    assertThat(settings)
        .isEqualTo(
            new Tls.Settings(
                Optional.of(new Tls.KeyFiles(DIR.resolve("c.pem"), Path.of("/k.pem"))),
                Optional.of(new Tls.KeyFiles(DIR.resolve("d.pem"), DIR.resolve("e.pem"))),
                new Tls.Belief(
                    Optional.of(DIR.resolve("ca.pem")),
                    Optional.empty(),
                    true,
                    List.of("a", "b c"),
                    List.of(),
                    false),
                Tls.Protocol.PRESET));
  }

  @Test
  void makesACertificateOnlyWhereNoneIsGiven() throws Exception {
    String https = "--listen-peer-urls=https://127.0.0.1:1";
    assertThat(
            resolve(https, "--peer-auto-tls", "--self-signed-cert-validity=3")
                .urls()
                .peerSecurity())
        .isEqualTo(new ServeConfig.Security(Tls.Settings.NONE, true, 3));
    assertThat(
            resolve(https, "--peer-auto-tls", "--peer-cert-file=c", "--peer-key-file=k")
                .urls()
                .peerSecurity()
                .selfSigned())
        .isFalse();
    // Names count for nothing where everybody is believed, as in etcd.
    resolve(https, "--peer-auto-tls", "--peer-cert-allowed-cn=a", "--peer-cert-allowed-hostname=b");
  }

  @Test
  void takesCommasAndBlanksInTheDataDirectory() throws Exception {
    assertThat(resolve("--data-dir", "/a b,c/d").dataDir()).isEqualTo(Path.of("/a b,c/d"));
  }

  @Test
  void comparesPeerUrlsAfterResolvingNames() throws Exception {
    // Equal texts need no resolver, so that a name that nobody knows yet does not stop a start.
    ServeConfig config =
        resolve(
            "--name=a",
            "--initial-advertise-peer-urls=http://no-such-host.invalid:1",
            "--initial-cluster=a=http://no-such-host.invalid:1");
    Founding.check(config);
    assertThat(List.copyOf(config.bootstrap().initialCluster().keySet())).containsExactly("a");
  }
}
