package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher, in a copy of the tree with a blank in its path, with a java and a mvn that only
 * write down how they were called.
 */
class LauncherTest {
  private static final String PATH = "/usr/bin:/bin";

  /** Prints its arguments one a line, and makes the archive it is asked to make. */
  private static final String FAKE_JAVA =
      """
      #!/bin/sh
      echo "pid=$$"
      for arg in "$@"; do
        echo "$arg"
        case $arg in
          -XX:ArchiveClassesAtExit=* | -XX:AOTCacheOutput=*) echo classes > "${arg#*=}" ;;
        esac
      done
      """;

  /** Builds a jar into the folder it is told, after having noted that it was called. */
  private static final String FAKE_MAVEN =
      """
      #!/bin/sh
      echo called >> "$(dirname "$0")/calls"
      sleep 0.3
      for arg in "$@"; do
        case $arg in
          -Dbuild.folder=*) folder=${arg#*=} ;;
        esac
      done
      mkdir -p "$folder/dist"
      echo jar > "$folder/dist/quorate.jar"
      """;

  @TempDir Path temp;
  private Path home;
  private Path launcher;
  private Path tools;

  private record Run(int exitCode, String out, String err) {}

  @BeforeEach
  void copyTree() throws IOException {
    home = temp.resolve("a tree");
    tools = Files.createDirectories(temp.resolve("tools"));
    Files.createDirectories(home.resolve("bin"));
    Files.createDirectories(home.resolve("conf"));
    launcher = home.resolve("bin/quorate");
    Files.copy(Path.of("bin/quorate"), launcher, StandardCopyOption.COPY_ATTRIBUTES);
    Files.copy(Path.of("conf/version.txt"), home.resolve("conf/version.txt"));
  }

  private void makeJar() throws IOException {
    Files.createDirectories(home.resolve("target/dist"));
    Files.writeString(home.resolve("target/dist/quorate.jar"), "jar");
  }

  private static void script(Path path, String text) throws IOException {
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Path jdk(String name, String version) throws IOException {
    Path jdk = temp.resolve(name);
    script(jdk.resolve("bin/java"), FAKE_JAVA);
    Files.writeString(
        jdk.resolve("release"),
        "IMPLEMENTOR=\"x\"\nJAVA_RUNTIME_VERSION=\""
            + version
            + "+1\"\nJAVA_VERSION=\""
            + version
            + "\"\n");
    return jdk;
  }

  private Process start(Map<String, String> env, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(temp.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", PATH);
    builder.environment().putAll(env);
    builder.redirectOutput(Files.createTempFile(temp, "out", "").toFile());
    builder.redirectError(Files.createTempFile(temp, "err", "").toFile());
    builder.redirectInput(new File("/dev/null"));
    Process process = builder.start();
    outputs.add(builder);
    return process;
  }

  private final List<ProcessBuilder> outputs = new ArrayList<>();

  private Run run(Map<String, String> env, String... command) throws Exception {
    Process process = start(env, Arrays.asList(command));
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return result(process, outputs.get(outputs.size() - 1));
  }

  private static Run result(Process process, ProcessBuilder builder) throws IOException {
    return new Run(
        process.exitValue(),
        Files.readString(builder.redirectOutput().file().toPath()),
        Files.readString(builder.redirectError().file().toPath()));
  }

  @Test
  void answersVersionFromAFileWithoutJavaOrJar() throws Exception {
    Map<String, String> nothing = Map.of("PATH", "");
    String expected = Files.readString(Path.of("conf/version.txt"));
    assertThat(run(nothing, launcher.toString(), "--version").out()).isEqualTo(expected);
    assertThat(run(nothing, launcher.toString(), "serve", "--version").out()).isEqualTo(expected);
    assertThat(expected).startsWith("etcd Version: 3.7.3\nQuorate Version: ");
  }

  @Test
  void becomesTheServerUnderThePidThatWasStarted() throws Exception {
    makeJar();
    Path jdk = jdk("jdk 21", "21.0.1");
    Process process =
        start(
            Map.of("QUORATE_JAVA", jdk.toString()),
            List.of(launcher.toString(), "serve", "--data-dir", "a b", ""));
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Run run = result(process, outputs.get(0));
    assertThat(run.err()).isEmpty();
    assertThat(run.out().lines()).contains("pid=" + process.pid());
    assertThat(run.out())
        .endsWith(
            "-cp\n"
                + home.toRealPath()
                + "/target/dist/quorate.jar\nio.quorate.server.Main\n--data-dir\na b\n\n");
  }

  @Test
  void linkCalledEtcdServes() throws Exception {
    makeJar();
    Path jdk = jdk("jdk", "17");
    Path link = Files.createSymbolicLink(tools.resolve("hop"), launcher);
    Files.createSymbolicLink(tools.resolve("etcd"), link.getFileName());
    Map<String, String> env =
        Map.of("PATH", tools + ":" + PATH, "QUORATE_JAVA", jdk.resolve("bin/java").toString());
    assertThat(run(env, "/bin/sh", "-c", "exec etcd --name x").out())
        .endsWith("io.quorate.server.Main\n--name\nx\n");
    assertThat(run(env, tools.resolve("etcd").toString(), "--version").out())
        .startsWith("etcd Version: 3.7.3\n");
  }

  @Test
  void choosesTheNewestJavaByItsReleaseFile() throws Exception {
    makeJar();
    Path old = jdk("jdk8", "1.8.0_402");
    Path newer = jdk("jdk99", "99.0.2");
    Path newest = jdk("jdk99u", "99.1.0");
    Files.createDirectories(temp.resolve("links"));
    Files.createSymbolicLink(temp.resolve("links/java"), newest.resolve("bin/java"));
    String path = old + "/bin:" + newer + "/bin:" + temp.resolve("links") + ":" + PATH;
    Run run = run(Map.of("PATH", path), launcher.toString(), "serve");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("--sun-misc-unsafe-memory-access=allow");
    makeArchiveNameVisible(path, "99.1.0+1-G1GC.aot");
  }

  private void makeArchiveNameVisible(String path, String name) throws Exception {
    run(Map.of("PATH", path), launcher.toString(), "archive");
    assertThat(home.resolve("target/dist/archive").resolve(name)).exists();
  }

  @Test
  void prefersJavaHomeUnlessItIsTooOld() throws Exception {
    makeJar();
    Path home17 = jdk("home17", "17.0.9");
    Path home8 = jdk("home8", "1.8.0");
    Path jdk99 = jdk("jdk99", "99");
    String path = jdk99 + "/bin:" + PATH;
    assertThat(
            run(Map.of("PATH", path, "JAVA_HOME", home17.toString()), launcher.toString(), "serve")
                .out())
        .doesNotContain("--sun-misc-unsafe-memory-access=allow");
    assertThat(
            run(Map.of("PATH", path, "JAVA_HOME", home8.toString()), launcher.toString(), "serve")
                .out())
        .contains("--sun-misc-unsafe-memory-access=allow");
  }

  @Test
  void refusesAGivenJavaThatIsTooOldOrMissing() throws Exception {
    makeJar();
    Path home8 = jdk("home8", "11.0.2");
    Run tooOld = run(Map.of("QUORATE_JAVA", home8.toString()), launcher.toString(), "serve");
    assertThat(tooOld.exitCode()).isEqualTo(1);
    assertThat(tooOld.err()).isEqualTo("quorate: QUORATE_JAVA is Java 11, at least 17 is needed\n");
    Run missing = run(Map.of("QUORATE_JAVA", "/nowhere"), launcher.toString(), "serve");
    assertThat(missing.err())
        .isEqualTo("quorate: QUORATE_JAVA is /nowhere, where there is no java\n");
  }

  @Test
  void whatIsNoMemberRunsFromTheSameJar() throws Exception {
    makeJar();
    Map<String, String> env =
        Map.of("QUORATE_JAVA", jdk("jdk", "17").toString(), "QUORATE_HEAP", "1g");
    Run utl = run(env, launcher.toString(), "utl", "snapshot", "a b", "");
    assertThat(utl.err()).isEmpty();
    assertThat(utl.out())
        .endsWith(
            "-cp\n"
                + home.toRealPath()
                + "/target/dist/quorate.jar\nio.quorate.utl.Main\nsnapshot\na b\n\n");
    // LMDB's memory is seen as by a member; standard error is a file here.
    assertThat(utl.out().lines())
        .contains(
            "-Xmx1g",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "-Dquorate.terminal=false");
    assertThat(run(env, launcher.toString(), "chaos", "run").out())
        .endsWith("io.quorate.chaos.Main\nrun\n");
  }

  @Test
  void heapAndFurtherFlagsCanBeSet() throws Exception {
    makeJar();
    Map<String, String> env =
        Map.of(
            "QUORATE_JAVA", jdk("jdk", "17").toString(),
            "QUORATE_HEAP", "1g",
            "QUORATE_GC", "SerialGC",
            "QUORATE_JAVA_OPTS", "-Da=b -Dc=d");
    assertThat(run(env, launcher.toString(), "serve").out().lines())
        .contains("-Xmx1g", "-XX:+UseSerialGC", "-Da=b", "-Dc=d");
    assertThat(
            run(Map.of("QUORATE_JAVA", temp + "/jdk"), launcher.toString(), "serve")
                .out()
                .lines()
                .filter(line -> line.matches("-Xmx[0-9]+m")))
        .hasSize(1);
  }

  @Test
  void aHeapBeginsNoLargerThanItMayBecome() throws Exception {
    makeJar();
    String java = jdk("jdk", "17").toString();
    Map<String, String> starts =
        Map.of(
            "8M", "8M", "48m", "48m", "64m", "64m", "100m", "64m", "1g", "64m", "9000k", "9000k");
    for (Map.Entry<String, String> start : starts.entrySet()) {
      Map<String, String> env = Map.of("QUORATE_JAVA", java, "QUORATE_HEAP", start.getKey());
      assertThat(run(env, launcher.toString(), "serve").out().lines())
          .contains("-Xms" + start.getValue(), "-Xmx" + start.getKey());
    }
  }

  @Test
  void missingJarIsOneLineWhereNothingMayBeBuilt() throws Exception {
    Path etcd = Files.createSymbolicLink(home.resolve("bin/etcd"), Path.of("quorate"));
    for (Run run :
        List.of(
            run(Map.of(), etcd.toString()),
            run(Map.of("QUORATE_NO_BUILD", "1"), launcher.toString(), "serve"),
            run(Map.of(), launcher.toString(), "serve"))) {
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err().lines()).hasSize(1);
      assertThat(run.err()).contains("quorate.jar").contains("missing");
    }
  }

  @Test
  void buildsOnceWhenTwoStartTogether() throws Exception {
    Files.writeString(home.resolve("pom.xml"), "");
    script(tools.resolve("mvn"), FAKE_MAVEN);
    Map<String, String> env =
        Map.of("PATH", tools + ":" + PATH, "QUORATE_JAVA", jdk("jdk", "21").toString());
    Process first = start(env, List.of(launcher.toString(), "serve", "--name=a"));
    await().until(() -> Files.exists(home.resolve("target/.lock/pid")));
    Run second = run(env, launcher.toString(), "serve", "--name=b");
    assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Run one = result(first, outputs.get(0));
    assertThat(one.out()).endsWith("--name=a\n");
    assertThat(second.out()).endsWith("--name=b\n");
    assertThat(one.err().lines()).hasSize(1);
    assertThat(one.err()).contains("building");
    assertThat(second.err()).isEmpty();
    assertThat(Files.readString(tools.resolve("calls")).lines()).hasSize(1);
    assertThat(one.out()).contains("-XX:SharedArchiveFile=");
    try (var left = Files.list(home.resolve("target"))) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("dist", "build.log");
    }
  }

  @Test
  void takesOverTheLockOfADeadBuilder() throws Exception {
    Files.writeString(home.resolve("pom.xml"), "");
    script(tools.resolve("mvn"), FAKE_MAVEN);
    Files.createDirectories(home.resolve("target/.lock"));
    Process dead = new ProcessBuilder("/bin/true").start();
    dead.waitFor();
    Files.writeString(home.resolve("target/.lock/pid"), dead.pid() + "\n");
    Run run =
        run(
            Map.of("PATH", tools + ":" + PATH, "QUORATE_JAVA", jdk("jdk", "21").toString()),
            launcher.toString(),
            "serve");
    assertThat(run.exitCode()).isZero();
    assertThat(home.resolve("target/.lock")).doesNotExist();
  }

  @Test
  void failedBuildNamesItsLogAndLeavesNoLock() throws Exception {
    Files.writeString(home.resolve("pom.xml"), "");
    script(tools.resolve("mvn"), "#!/bin/sh\necho broken\nexit 1\n");
    Run run =
        run(
            Map.of("PATH", tools + ":" + PATH, "QUORATE_JAVA", jdk("jdk", "21").toString()),
            launcher.toString(),
            "serve");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).endsWith("the build failed, see " + home + "/target/build.log\n");
    assertThat(Files.readString(home.resolve("target/build.log"))).isEqualTo("broken\n");
    assertThat(home.resolve("target/.lock")).doesNotExist();
  }

  @Test
  void jarOfAnotherVersionIsBuiltAnew() throws Exception {
    makeJar();
    Files.writeString(home.resolve("target/dist/version.txt"), "etcd Version: 1\n");
    Files.writeString(home.resolve("pom.xml"), "");
    script(tools.resolve("mvn"), FAKE_MAVEN);
    Run run =
        run(
            Map.of("PATH", tools + ":" + PATH, "QUORATE_JAVA", jdk("jdk", "21").toString()),
            launcher.toString(),
            "serve");
    assertThat(run.err()).contains("building");
  }

  @Test
  void offersOnlyTheVerbsThereAre() throws Exception {
    String help = run(Map.of(), launcher.toString(), "--help").out();
    assertThat(help).contains("serve", "utl", "build");
    for (String verb : List.of("ctl", "bench")) {
      assertThat(help).doesNotContain("  " + verb);
      Run run = run(Map.of(), launcher.toString(), verb);
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).isEqualTo("quorate: " + verb + " is not part of this version\n");
    }
    assertThat(run(Map.of(), launcher.toString(), "nonsense").exitCode()).isEqualTo(2);
  }

  @Test
  void everyRealJavaTakesItsFlags() throws Exception {
    makeJar();
    Run run =
        run(
            Map.of("QUORATE_JAVA", System.getProperty("java.home")),
            launcher.toString(),
            "serve",
            "--version=x");
    // The jar is none; a JVM that gets as far as that has taken all flags.
    assertThat(run.err()).contains("io.quorate.server.Main");
    assertThat(run.err().getBytes(StandardCharsets.UTF_8)).isNotEmpty();
  }
}
