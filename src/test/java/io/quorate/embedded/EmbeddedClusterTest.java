package io.quorate.embedded;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class EmbeddedClusterTest {
  private static final QuorateOptions THREE = QuorateOptions.defaults().withMembers(3);

  /** What the JDK and libraries keep for the whole JVM. */
  private static final List<String> OF_THE_JVM =
      List.of(
          "CompletableFutureDelayScheduler",
          "ForkJoinPool.commonPool",
          "Cleaner-",
          "jnr.ffi.util.ref.internal.Finalizer",
          "grpc-",
          "globalEventExecutor",
          "awaitility",
          "process reaper",
          "junit-");

  @TempDir Path dir;

  private static void putAndGet(URI endpoint, String value) {
    try (Keys keys = new Keys(endpoint)) {
      keys.put("k", value);
      assertThat(keys.get("k")).containsExactly(value);
    }
  }

  private static List<String> get(URI endpoint, String key) {
    try (Keys keys = new Keys(endpoint)) {
      return keys.get(key);
    }
  }

  private static boolean isListening(URI endpoint) {
    try (Socket socket = new Socket(endpoint.getHost(), endpoint.getPort())) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static Set<String> threads() {
    Set<String> names = new HashSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (OF_THE_JVM.stream().noneMatch(thread.getName()::startsWith)) {
        names.add(thread.getName());
      }
    }
    return names;
  }

  /** Of files of members; the JVM opens others when it likes. */
  private static List<String> openFiles() throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      for (Path file : files.toList()) {
        if (Files.isSymbolicLink(file)) {
          String target = Files.readSymbolicLink(file).toString();
          if (target.contains(Home.PREFIX) || target.contains("eventpoll")) {
            open.add(target);
          }
        }
      }
    }
    return open;
  }

  private static List<Path> foldersInMemory() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (String parent : List.of("/dev/shm", System.getProperty("java.io.tmpdir"))) {
      if (Files.isDirectory(Path.of(parent))) {
        try (Stream<Path> files = Files.list(Path.of(parent))) {
          files
              .filter(file -> file.getFileName().toString().startsWith(Home.PREFIX))
              .forEach(folders::add);
        }
      }
    }
    return folders;
  }

  @Test
  void oneMemberInMemoryAnswers() {
    try (Quorate quorate = Quorate.start()) {
      assertThat(quorate.endpoints()).hasSize(1);
      assertThat(quorate.leader()).contains(quorate.member());
      putAndGet(quorate.endpoints().get(0), "v");
    }
  }

  @Test
  void threeMembersAnswerAtEveryEndpoint() {
    try (Quorate quorate = Quorate.start(THREE)) {
      assertThat(quorate.members())
          .extracting(QuorateMember::name)
          .containsExactly("quorate-1", "quorate-2", "quorate-3");
      try (Keys keys = new Keys(quorate.endpoints().get(0))) {
        keys.put("k", "v");
      }
      assertThat(quorate.endpoints())
          .hasSize(3)
          .allSatisfy(endpoint -> assertThat(get(endpoint, "k")).containsExactly("v"));
    }
  }

  @Test
  void nothingIsLeftAfterTwentyRounds() throws Exception {
    putAndClose();
    await().until(() -> threads().stream().noneMatch(name -> name.startsWith("quorate")));
    Set<String> threads = threads();
    List<String> files = openFiles();
    List<Path> folders = foldersInMemory();
    List<URI> endpoints = new ArrayList<>();
    for (int round = 0; round < 20; round++) {
      endpoints.add(putAndClose());
    }
    assertThat(endpoints).noneMatch(EmbeddedClusterTest::isListening);
    assertThat(foldersInMemory()).containsExactlyInAnyOrderElementsOf(folders);
    // Dispatchers end a moment after their last actor.
    await()
        .atMost(10, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              assertThat(threads()).isSubsetOf(threads);
              assertThat(openFiles()).hasSizeLessThanOrEqualTo(files.size());
            });
  }

  private static URI putAndClose() throws IOException {
    try (Quorate quorate = Quorate.start()) {
      URI endpoint = quorate.endpoints().get(0);
      assertThat(isListening(endpoint)).isTrue();
      return endpoint;
    }
  }

  @Test
  void clustersRunBesideEachOther() {
    try (Quorate one = Quorate.start();
        Quorate other = Quorate.start()) {
      putAndGet(one.endpoints().get(0), "of one");
      assertThat(get(other.endpoints().get(0), "k")).isEmpty();
      putAndGet(other.endpoints().get(0), "of the other");
      assertThat(get(one.endpoints().get(0), "k")).containsExactly("of one");
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "3"})
  void whatIsOnDiskIsThereAfterAnotherStart(int members) {
    QuorateOptions options =
        QuorateOptions.defaults().withMembers(members).inFolder(dir.resolve("new"));
    List<URI> endpoints;
    try (Quorate quorate = Quorate.start(options)) {
      endpoints = quorate.endpoints();
      putAndGet(endpoints.get(0), "v");
    }
    try (Quorate quorate = Quorate.start(options)) {
      assertThat(quorate.endpoints()).isEqualTo(endpoints);
      assertThat(get(endpoints.get(members - 1), "k")).containsExactly("v");
    }
  }

  @Test
  void folderInUseIsRefused() {
    QuorateOptions options = QuorateOptions.defaults().inFolder(dir);
    try (Quorate quorate = Quorate.start(options)) {
      assertThatThrownBy(() -> Quorate.start(options))
          .isInstanceOf(QuorateException.class)
          .hasMessage(
              "data directory "
                  + dir.resolve("quorate-1")
                  + " is in use by process "
                  + ProcessHandle.current().pid());
      putAndGet(quorate.endpoints().get(0), "still served");
    }
  }

  @Test
  void folderOfAnotherClusterIsRefused() {
    Quorate.start(QuorateOptions.defaults().inFolder(dir)).close();
    assertThatThrownBy(() -> Quorate.start(THREE.inFolder(dir)))
        .isInstanceOf(QuorateException.class)
        .hasMessage(
            "folder "
                + dir
                + " has members [quorate-1],"
                + " but the options say [quorate-1, quorate-2, quorate-3]");
  }

  @Test
  void killedLeaderIsReplacedAndComesBack() {
    try (Quorate quorate = Quorate.start(THREE)) {
      QuorateMember leader = quorate.leader().orElseThrow();
      leader.kill();
      assertThat(leader.isRunning()).isFalse();
      assertThat(isListening(leader.endpoint())).isFalse();
      await().until(() -> quorate.leader().isPresent());
      QuorateMember next = quorate.leader().orElseThrow();
      assertThat(next).isNotEqualTo(leader);
      try (Keys keys = new Keys(next.endpoint())) {
        keys.put("k", "while it was away");
      }
      leader.start();
      assertThat(get(leader.endpoint(), "k")).containsExactly("while it was away");
    }
  }

  @Test
  void membersComeBackOnTheirPortsAgainAndAgain() {
    try (Quorate quorate = Quorate.start()) {
      putAndGet(quorate.member().endpoint(), "kept");
      for (int round = 0; round < 5; round++) {
        quorate.member().kill();
        quorate.member().start();
        quorate.member().stop();
        quorate.member().start();
      }
      assertThat(get(quorate.member().endpoint(), "k")).containsExactly("kept");
    }
  }

  /** The types of the frames that a connection of HTTP/2 is sent until it ends. */
  private static List<Integer> framesUntilEnd(URI endpoint, Runnable end) throws IOException {
    List<Integer> types = new ArrayList<>();
    try (Socket socket = new Socket(endpoint.getHost(), endpoint.getPort())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(US_ASCII));
      DataInputStream in = new DataInputStream(socket.getInputStream());
      boolean ended = false;
      while (true) {
        int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
        types.add(in.readUnsignedByte());
        in.readFully(new byte[5 + length]);
        if (!ended) {
          ended = true;
          end.run();
        }
      }
    } catch (EOFException | SocketException e) {
      return types;
    }
  }

  @Test
  void whoIsStoppedSaysGoodbyeAndWhoIsKilledDoesNot() throws IOException {
    int goAway = 7;
    try (Quorate quorate = Quorate.start()) {
      QuorateMember member = quorate.member();
      assertThat(framesUntilEnd(member.endpoint(), member::stop)).contains(goAway);
      member.start();
      assertThat(framesUntilEnd(member.endpoint(), member::kill)).doesNotContain(goAway);
    }
  }

  @Test
  void membersThatFindAQuorumTogetherAreStartedTogether() {
    try (Quorate quorate = Quorate.start(THREE.withStartTimeout(Duration.ofSeconds(20)))) {
      putAndGet(quorate.endpoints().get(0), "v");
      quorate.members().forEach(QuorateMember::kill);
      quorate.members().stream()
          .map(member -> member.startAsync().toCompletableFuture())
          .toList()
          .forEach(start -> start.orTimeout(20, TimeUnit.SECONDS).join());
      assertThat(get(quorate.endpoints().get(2), "k")).containsExactly("v");
    }
  }

  @Test
  void memberThatEndsByItselfSaysWhy() {
    // Else members must have known each other for five seconds before one is removed.
    QuorateOptions options = THREE.withFlags("--strict-reconfig-check=false");
    try (Quorate quorate = Quorate.start(options);
        Keys keys = new Keys(quorate.endpoints().get(0));
        Keys last = new Keys(quorate.endpoints().get(2))) {
      keys.remove(last.memberId());
      QuorateMember removed = quorate.members().get(2);
      await().atMost(30, TimeUnit.SECONDS).until(() -> !removed.isRunning());
      assertThat(removed.failure().orElseThrow()).hasMessageContaining("removed");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--heartbeat-interval=0 | --heartbeat-interval must be >0 (set to 0ms)",
        "--no-such-flag=1 | flag provided but not defined: -no-such-flag",
        "word | \"word\" is not a valid flag",
        "--auth-token=jwt | flag -auth-token is known to etcd, but this version only takes its"
            + " default, not \"jwt\"",
        "--name=other | --name is not for an embedded member",
        "--log-level=debug | --log-level is not for an embedded member",
        "--help | --help is not for an embedded member",
      })
  void flagsAreRefusedInTheWordsOfTheCommandLine(String flag, String message) throws IOException {
    List<Path> folders = foldersInMemory();
    assertThatThrownBy(() -> Quorate.start(QuorateOptions.defaults().withFlags(flag)))
        .isInstanceOf(QuorateException.class)
        .hasMessage(message);
    assertThat(foldersInMemory()).containsExactlyInAnyOrderElementsOf(folders);
  }

  @Test
  void flagsCount() {
    QuorateOptions options = QuorateOptions.defaults().withFlags("--max-request-bytes=1000");
    try (Quorate quorate = Quorate.start(options);
        Keys keys = new Keys(quorate.endpoints().get(0))) {
      assertThatThrownBy(() -> keys.put("k", "v".repeat(2_000)))
          .hasMessageContaining("request is too large");
    }
  }

  @Test
  void startThatTakesTooLongSaysWhoIsSilent() throws IOException {
    List<Path> folders = foldersInMemory();
    Duration moment = Duration.ofNanos(1);
    assertThatThrownBy(() -> Quorate.start(THREE.withStartTimeout(moment)))
        .isInstanceOf(QuorateException.class)
        .hasMessage("not all members answer after PT0.000000001S: quorate-1, quorate-2, quorate-3");
    assertThat(foldersInMemory()).containsExactlyInAnyOrderElementsOf(folders);
  }

  @Test
  void asynchronousStartGivesTheSame() {
    try (Quorate quorate = Quorate.startAsync(QuorateOptions.defaults()).join()) {
      putAndGet(quorate.endpoints().get(0), "v");
    }
    assertThatThrownBy(
            () -> Quorate.startAsync(QuorateOptions.defaults().withFlags("--name=x")).join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(QuorateException.class);
  }

  @Test
  void closedClusterStartsNoMember() throws IOException {
    List<Path> folders = foldersInMemory();
    Quorate quorate = Quorate.start();
    quorate.close();
    quorate.close();
    assertThatThrownBy(quorate.member()::start).isInstanceOf(IllegalStateException.class);
    assertThat(foldersInMemory()).containsExactlyInAnyOrderElementsOf(folders);
  }

  @Test
  void logOfTheProgramIsLeftAlone() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Logger ours = (Logger) LoggerFactory.getLogger("io.quorate");
    List<Object> before = new ArrayList<>();
    root.iteratorForAppenders().forEachRemaining(before::add);
    List<Object> levels = List.of(root.getLevel(), ours.getLevel());
    Quorate.start().close();
    List<Object> after = new ArrayList<>();
    root.iteratorForAppenders().forEachRemaining(after::add);
    assertThat(after).isEqualTo(before);
    assertThat(List.of(root.getLevel(), ours.getLevel())).isEqualTo(levels);
  }

  @Test
  void boundsOfOptionsAreChecked() {
    QuorateOptions options = QuorateOptions.defaults();
    assertThatThrownBy(() -> options.withMembers(2))
        .hasMessage("a cluster has 1 or 3 members, not 2");
    assertThatThrownBy(() -> options.withName("a=b"))
        .hasMessage("a name of members is not \"a=b\"");
    assertThatThrownBy(() -> options.withStartTimeout(Duration.ZERO))
        .hasMessage("a start may not take PT0S");
  }
}
