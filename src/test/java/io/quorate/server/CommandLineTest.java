package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The messages were recorded from etcd 3.7.3. */
class CommandLineTest {

  private static FlagValues parse(String... args) throws ConfigException {
    return CommandLine.parse(List.of(args)).values();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--foo | flag provided but not defined: -foo",
        "-foo=1 | flag provided but not defined: -foo",
        "--name | flag needs an argument: -name",
        "--snapshot-count=x | invalid value \"x\" for flag -snapshot-count: parse error",
        "--snapshot-count=-1 | invalid value \"-1\" for flag -snapshot-count: parse error",
        "--quota-backend-bytes=1.5"
            + " | invalid value \"1.5\" for flag -quota-backend-bytes: parse error",
        "--strict-reconfig-check=maybe"
            + " | invalid boolean value \"maybe\" for -strict-reconfig-check: parse error",
        "--watch-progress-notify-interval=5"
            + " | invalid value \"5\" for flag -watch-progress-notify-interval: parse error",
        "--initial-cluster-state=zz"
            + " | invalid value \"zz\" for flag -initial-cluster-state: invalid value",
        "--listen-client-urls=foo | invalid value \"foo\" for flag -listen-client-urls:"
            + " URL scheme must be http, https, unix, or unixs: foo",
        "--listen-peer-urls=http://127.0.0.1 | invalid value \"http://127.0.0.1\" for flag"
            + " -listen-peer-urls: URL address does not have the form \"host:port\":"
            + " http://127.0.0.1",
        "--listen-peer-urls=http://127.0.0.1:1/x | invalid value \"http://127.0.0.1:1/x\" for flag"
            + " -listen-peer-urls: URL must not contain a path: http://127.0.0.1:1/x",
        "--listen-peer-urls=http://[::1 | invalid value \"http://[::1\" for flag"
            + " -listen-peer-urls: parse \"http://[::1\": missing ']' in host",
        "--listen-peer-urls=http://127.0.0.1:a | invalid value \"http://127.0.0.1:a\" for flag"
            + " -listen-peer-urls: parse \"http://127.0.0.1:a\": invalid port \":a\" after host",
        "--listen-client-urls=127.0.0.1:1 | invalid value \"127.0.0.1:1\" for flag"
            + " -listen-client-urls: parse \"127.0.0.1:1\":"
            + " first path segment in URL cannot contain colon",
        "--listen-client-urls=http://127.0.0.1:1, | invalid value \"http://127.0.0.1:1,\" for flag"
            + " -listen-client-urls: URL scheme must be http, https, unix, or unixs:",
        "--heartbeat-interval=1.5"
            + " | invalid value \"1.5\" for flag -heartbeat-interval: parse error",
        "--heartbeat-interval=18446744073709551616 | invalid value \"18446744073709551616\""
            + " for flag -heartbeat-interval: value out of range",
        "--election-timeout=1s" + " | invalid value \"1s\" for flag -election-timeout: parse error",
        "--election-timeout=-1" + " | invalid value \"-1\" for flag -election-timeout: parse error",
        "--pre-vote=x | invalid boolean value \"x\" for -pre-vote: parse error",
        "--initial-election-tick-advance=2"
            + " | invalid boolean value \"2\" for -initial-election-tick-advance: parse error",
        "--=x | bad flag syntax: --=x",
        "---x | bad flag syntax: ---x",
        "--version=x | invalid boolean value \"x\" for -version: parse error"
      })
  void refusesMalformedFlagsInTheWordsOfEtcd(String arg, String message) {
    assertThatThrownBy(() -> parse(arg))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e -> {
              assertThat(e.getMessage().strip()).isEqualTo(message);
              assertThat(e.kind().exitCode()).isEqualTo(2);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "--wal-dir=/x,wal-dir",
    "--listen-client-http-urls=http://127.0.0.1:1,listen-client-http-urls",
    "--max-wals=6,max-wals",
    "--unsafe-no-fsync,unsafe-no-fsync",
    "--feature-gates=A=true,feature-gates"
  })
  void refusesByNameWhatEtcdKnowsAndWeDoNot(String arg, String name) {
    assertThatThrownBy(() -> parse(arg))
        .hasMessageContaining("flag -" + name + " is known to etcd");
  }

  @ParameterizedTest
  @CsvSource({
    "--max-snapshots=5", "--logger=zap", "--enable-grpc-gateway", "--client-cert-auth=false",
    "--grpc-keepalive-interval=120m", "--max-wals=0x5", "--log-outputs=stderr", "--cert-file=",
    "--config=anything"
  })
  void takesWhatChangesNothing(String arg) throws Exception {
    assertThat(parse(arg).refused()).isEmpty();
  }

  @Test
  void readsBothFormsAndOneDashOrTwo() throws Exception {
    FlagValues values = parse("--name", "a", "-snapshot-count=5", "-max-txn-ops", "6");
    assertThat(values.text("name")).isEqualTo("a");
    assertThat(values.number("snapshot-count")).isEqualTo(5);
    assertThat(values.number("max-txn-ops")).isEqualTo(6);
  }

  @Test
  void lastOfRepeatedFlagsWins() throws Exception {
    assertThat(parse("--name=a", "--name=b", "--name", "c").text("name")).isEqualTo("c");
  }

  @Test
  void bareBooleanDoesNotTakeTheNextWord() {
    assertThatThrownBy(() -> CommandLine.parse(List.of("--version", "false")).refuseLeftOver())
        .hasMessage("\"false\" is not a valid flag");
  }

  @ParameterizedTest
  @CsvSource({"bar,bar", "-- bar,bar", "-,-", "--name a b,b"})
  void refusesWordsThatAreNoFlags(String args, String word) throws Exception {
    CommandLine line = CommandLine.parse(Arrays.asList(args.split(" ")));
    assertThatThrownBy(line::refuseLeftOver).hasMessage("\"" + word + "\" is not a valid flag");
  }

  @Test
  void helpStopsReading() throws Exception {
    assertThat(CommandLine.parse(List.of("--name=a", "-h", "--foo")).isHelp()).isTrue();
    assertThat(CommandLine.parse(List.of("--help")).isHelp()).isTrue();
  }

  @Test
  void hasTheDefaultsOfEtcd() throws Exception {
    FlagValues values = parse();
    assertThat(values.text("name")).isEqualTo("default");
    assertThat(values.text("listen-client-urls")).isEqualTo("http://localhost:2379");
    assertThat(values.text("initial-advertise-peer-urls")).isEqualTo("http://localhost:2380");
    assertThat(values.text("initial-cluster-token")).isEqualTo("etcd-cluster");
    assertThat(values.number("heartbeat-interval")).isEqualTo(100);
    assertThat(values.number("election-timeout")).isEqualTo(1_000);
    assertThat(values.isTrue("pre-vote")).isTrue();
    assertThat(values.isTrue("strict-reconfig-check")).isTrue();
    assertThat(values.isTrue("initial-election-tick-advance")).isTrue();
    assertThat(values.number("snapshot-count")).isEqualTo(10_000);
    assertThat(values.number("quota-backend-bytes")).isZero();
    assertThat(values.number("max-txn-ops")).isEqualTo(128);
    assertThat(values.number("max-request-bytes")).isEqualTo(1_572_864);
    assertThat(values.text("auto-compaction-mode")).isEqualTo("periodic");
    assertThat(values.text("auto-compaction-retention")).isEqualTo("0");
    assertThat(values.text("log-level")).isEqualTo("info");
    assertThat(values.text("log-format")).isEqualTo("json");
  }
}
