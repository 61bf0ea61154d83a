package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.server.Serve.Outcome;
import io.quorate.server.Signals.Signal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeTest {
  private static final String ANY_PORT = "--listen-client-urls=http://127.0.0.1:0";
  private static final String ADVERTISED = "--advertise-client-urls=http://127.0.0.1:1";

  @TempDir Path dir;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CompletableFuture<Signal> stop = new CompletableFuture<>();
  private final AtomicReference<FakeMember> member = new AtomicReference<>();

  @AfterEach
  void giveTheLogBack() {
    Logs.configure(
        new ServeConfig.Logging(ServeConfig.LogLevel.WARN, ServeConfig.LogFormat.CONSOLE),
        System.err);
  }

  private CompletableFuture<Outcome> start(Map<String, String> env, String... args) {
    MemberStarter starter =
        request -> {
          FakeMember made = new FakeMember(request);
          member.set(made);
          return made;
        };
    Serve serve =
        new Serve(
            starter,
            new Serve.Surroundings(env, dir, new PrintStream(out), new PrintStream(err), stop));
    return CompletableFuture.supplyAsync(() -> serve.run(List.of(args)));
  }

  private Outcome run(String... args) {
    return start(Map.of(), args).join();
  }

  private String errText() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void saysReadyExactlyWhenTheMemberIs() {
    CompletableFuture<Outcome> end = start(Map.of(), ANY_PORT, ADVERTISED);
    await().until(() -> errText().contains("starting a member"));
    await().until(() -> member.get() != null);
    assertThat(errText()).doesNotContain("ready to serve");
    member.get().ready.complete(null);
    await().until(() -> errText().contains("\"msg\":\"ready to serve client requests\""));
    int port = member.get().clientAddresses().get(0).getPort();
    assertThat(errText()).contains("\"client-addresses\":[\"127.0.0.1:" + port + "\"]");
    stop.complete(Signal.TERM);
    assertThat(end.join().signal()).contains(Signal.TERM);
  }

  @Test
  void stopsTheMemberAndFreesTheDirectoryOnASignal() throws Exception {
    CompletableFuture<Outcome> end = start(Map.of(), ANY_PORT, ADVERTISED, "--name=n");
    await().until(() -> member.get() != null);
    stop.complete(Signal.INT);
    assertThat(end.join().exitCode()).isEqualTo(130);
    assertThat(member.get().stopped).isDone();
    assertThat(errText()).contains("\"signal\":\"interrupt\"");
    DataDir.open(dir.resolve("n.quorate")).close();
  }

  @Test
  void endsWithOneLineWhenTheMemberFails() throws Exception {
    CompletableFuture<Outcome> end = start(Map.of(), ANY_PORT, ADVERTISED);
    await().until(() -> member.get() != null);
    member.get().failed.complete(new IllegalStateException("the disk is gone"));
    assertThat(end.join()).isEqualTo(Outcome.exit(1));
    assertThat(errText())
        .contains("\"level\":\"fatal\"")
        .contains("\"msg\":\"stopped by a failure\"")
        .contains("the disk is gone");
    assertThat(member.get().stopped).isDone();
    DataDir.open(dir.resolve("default.quorate")).close();
  }

  @Test
  void keepsTheIdOfTheFirstStart() {
    stop.complete(Signal.TERM);
    run(ANY_PORT, ADVERTISED);
    MemberIdentity first = identity();
    assertThat(member.get().request.begin()).isInstanceOf(Begin.Found.class);
    run(ANY_PORT, ADVERTISED, "--initial-cluster-token=other", "--initial-cluster-state=existing");
    assertThat(member.get().request.begin()).isInstanceOf(Begin.Restart.class);
    assertThat(identity()).isEqualTo(first);
  }

  private MemberIdentity identity() {
    return member.get().request.begin().identity().orElseThrow();
  }

  @Test
  void remembersTheFoundersWhateverTheFlagsSayLater() {
    stop.complete(Signal.TERM);
    run(ANY_PORT, ADVERTISED, "--initial-cluster=default=http://localhost:2380,b=http://b:1");
    assertThat(member.get().request.begin())
        .isInstanceOfSatisfying(
            Begin.Found.class,
            found ->
                assertThat(found.owner().founders())
                    .extracting(MemberIdentity.Founder::name)
                    .containsExactlyInAnyOrder("default", "b"));
    DataDir.Owner owner = ((Begin.Found) member.get().request.begin()).owner();
    run(ANY_PORT, ADVERTISED, "--initial-cluster=default=http://c:1,d=http://d:1,e=http://e:1");
    assertThat(member.get().request.begin()).isEqualTo(new Begin.Restart(owner));
  }

  @Test
  void memberThatJoinsGetsItsIdFromTheClusterAndKeepsIt() {
    stop.complete(Signal.TERM);
    String[] args = {
      ANY_PORT,
      ADVERTISED,
      "--initial-cluster=default=http://localhost:2380,b=http://b:1",
      "--initial-cluster-state=existing"
    };
    run(args);
    assertThat(member.get().request.begin())
        .isInstanceOfSatisfying(
            Begin.Join.class,
            join -> {
              assertThat(join.name()).isEqualTo("default");
              assertThat(join.cluster()).containsOnlyKeys("b", "default");
            });
    assertThat(announced())
        .contains("\"member-initialized\":false")
        .doesNotContain("member-id")
        .doesNotContain("cluster-id");
    err.reset();
    run(args);
    assertThat(identity())
        .isEqualTo(new MemberIdentity(FakeMember.JOINED_CLUSTER, FakeMember.JOINED, "default"));
    assertThat(announced())
        .contains("\"member-initialized\":true")
        .contains("\"member-id\":\"4d\",\"cluster-id\":\"7\"");
  }

  private String announced() {
    return errText().lines().filter(line -> line.contains("starting a member")).findAny().get();
  }

  @Test
  void refusalByTheOthersLeavesADirectoryThatMayBeginAgain() throws Exception {
    MemberStarter refusing =
        request -> {
          throw ConfigException.start("member 1 has already been bootstrapped");
        };
    Serve serve =
        new Serve(
            refusing,
            new Serve.Surroundings(
                Map.of(), dir, new PrintStream(out), new PrintStream(err), stop));
    assertThat(serve.run(List.of(ANY_PORT, ADVERTISED))).isEqualTo(Outcome.exit(1));
    assertThat(DataDir.isFounded(dir.resolve("default.quorate"))).isFalse();
    stop.complete(Signal.TERM);
    run(ANY_PORT, ADVERTISED);
    assertThat(member.get().request.begin()).isInstanceOf(Begin.Found.class);
  }

  @Test
  void whoCannotAskTheClusterLeavesADirectoryThatMayBeginAgain() {
    stop.complete(Signal.TERM);
    Serve serve =
        new Serve(
            Serve.realMember(),
            new Serve.Surroundings(
                Map.of(), dir, new PrintStream(out), new PrintStream(err), stop));
    String two = "--initial-cluster=default=http://localhost:2380,b=http://127.0.0.1:1";
    serve.run(List.of(ANY_PORT, ADVERTISED, two, "--initial-cluster-state=existing"));
    assertThat(errText()).contains("could not retrieve cluster information from the given URLs");
    assertThat(DataDir.isFounded(dir.resolve("default.quorate"))).isFalse();
  }

  @Test
  void refusesTheDirectoryOfAnotherMember() {
    stop.complete(Signal.TERM);
    run(ANY_PORT, ADVERTISED, "--data-dir=d");
    Outcome outcome =
        run(
            ANY_PORT,
            ADVERTISED,
            "--data-dir=d",
            "--name=b",
            "--initial-advertise-peer-urls=http://127.0.0.1:9");
    assertThat(outcome).isEqualTo(Outcome.exit(1));
    assertThat(errText()).contains("belongs to member \\\"default\\\"");
  }

  @Test
  void refusalToFoundLeavesNothingBehind() {
    assertThat(run("--initial-cluster=a=http://127.0.0.1:1")).isEqualTo(Outcome.exit(1));
    assertThat(errText())
        .contains("\"level\":\"fatal\"")
        .contains("\"error\":\"couldn't find local name \\\"default\\\"");
    assertThat(dir.resolve("default.quorate")).doesNotExist();
  }

  @Test
  void contradictionsAreALineOfTheLog() {
    assertThat(run(ANY_PORT)).isEqualTo(Outcome.exit(1));
    assertThat(errText().lines().reduce((a, b) -> b).orElse(""))
        .startsWith("{\"level\":\"warn\"")
        .contains("\"msg\":\"failed to verify flags\"")
        .contains("--advertise-client-urls is required");
  }

  @Test
  void refusalIsSaidEvenWhenTheLogIsOff() {
    assertThat(run(ANY_PORT, "--log-level=fatal")).isEqualTo(Outcome.exit(1));
    assertThat(errText().lines()).hasSize(1);
  }

  @Test
  void malformedFlagsAreAPlainLineAndExitCode2() {
    assertThat(run("--foo")).isEqualTo(Outcome.exit(2));
    assertThat(errText()).startsWith("flag provided but not defined: -foo\n");
  }

  @Test
  void helpListsEveryServedFlagWithItsDefault() {
    assertThat(run("--help")).isEqualTo(Outcome.exit(0));
    String help = out.toString(StandardCharsets.UTF_8);
    for (Flag flag : FlagTable.all()) {
      boolean own = flag.support() == Flag.Support.OWN;
      boolean served = own || flag.support() == Flag.Support.SERVED;
      String preset = flag.name().equals("data-dir") ? "${name}.quorate" : flag.preset();
      assertThat(help.contains("  --" + flag.name() + " '" + preset + "'\n"))
          .as(flag.name())
          .isEqualTo(served);
      assertThat(help.contains("  --" + flag.name() + " '" + preset + "'\n        Quorate's own: "))
          .as(flag.name())
          .isEqualTo(own);
    }
  }

  @Test
  void versionNamesEtcdFirst() throws Exception {
    assertThat(run("--name=a", "--version")).isEqualTo(Outcome.exit(0));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith("etcd Version: 3.7.3\n")
        .isEqualTo(Files.readString(Path.of("conf/version.txt")));
    assertThat(Files.readString(Path.of("pom.xml")))
        .contains("<artifactId>quorate</artifactId>\n  <version>" + Version.QUORATE + "</version>");
  }

  @Test
  void fileReplacesFlagsAndVariables() throws Exception {
    stop.complete(Signal.TERM);
    Files.writeString(
        dir.resolve("c.yaml"), "name: filed\nlisten-client-urls: http://127.0.0.1:0\n");
    Outcome outcome =
        start(Map.of("ETCD_CONFIG_FILE", "c.yaml", "ETCD_DATA_DIR", "x"), "--name=flagged").join();
    assertThat(outcome.exitCode()).isEqualTo(143);
    assertThat(member.get().request.config().name()).isEqualTo("filed");
    assertThat(dir.resolve("filed.quorate/member/identity")).exists();
  }

  @Test
  void warnsOfUnknownVariables() {
    stop.complete(Signal.TERM);
    start(Map.of("ETCD_FOO", "x"), ANY_PORT, ADVERTISED).join();
    assertThat(errText())
        .contains("\"msg\":\"unrecognized environment variable\"")
        .contains("ETCD_FOO=x");
  }

  @Test
  void logsColumnsWhenAsked() {
    stop.complete(Signal.TERM);
    run(ANY_PORT, ADVERTISED, "--log-format=console");
    assertThat(errText()).contains("\tinfo\tserver.Serve\tstarting a member\t{\"quorate-version\"");
  }
}
