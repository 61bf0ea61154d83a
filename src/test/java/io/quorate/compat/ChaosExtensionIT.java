package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.junit.Chaos;
import io.quorate.chaos.junit.ChaosException;
import io.quorate.chaos.junit.ChaosExtension;
import io.quorate.chaos.junit.ChaosTest;
import io.quorate.chaos.nemesis.Kind;
import io.quorate.client.Client;
import io.quorate.client.Cluster;
import io.quorate.client.Range;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Runs classes that are under faults, below, and looks at what became of them. */
class ChaosExtensionIT {
  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final int CONNECT_MILLIS_MAX = 1_000;
  private static final String SEED = "4711";

  /** What ends the message of each failure, and names a folder. */
  private static final String WHERE = "; seed " + SEED + ", logs in ";

  /** What the tests of the classes below were given. */
  private static final Queue<Chaos> SEEN = new ConcurrentLinkedQueue<>();

  private final List<Path> kept = new ArrayList<>();

  @AfterEach
  void forget() throws IOException {
    SEEN.clear();
    for (Path folder : kept) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }

  /** How each test of a class ended. */
  private static List<TestExecutionResult> run(Class<?> type, List<String> program) {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(type))
        .configurationParameter(ChaosExtension.PROGRAM, String.join(" ", program))
        .configurationParameter(ChaosExtension.SEED, SEED)
        .execute()
        .testEvents()
        .finished()
        .map(event -> event.getRequiredPayload(TestExecutionResult.class))
        .toList();
  }

  /** What the one test of a class failed with. */
  private static Throwable failure(Class<?> type) {
    List<TestExecutionResult> results = run(type, Servers.underTest());
    assertThat(results).hasSize(1);
    assertThat(SEEN).allMatch(ChaosExtensionIT::isClosed);
    return results.get(0).getThrowable().orElseThrow();
  }

  /** The folder that a message ends with, which is there, and is to go in the end. */
  private Path folder(Throwable failed) {
    String message = failed.getMessage();
    assertThat(message).contains(WHERE);
    Path folder = Path.of(message.substring(message.indexOf(WHERE) + WHERE.length()));
    kept.add(folder);
    return folder;
  }

  private static boolean isClosed(Chaos chaos) {
    return chaos.endpoints().stream().map(URI::create).noneMatch(ChaosExtensionIT::listens);
  }

  private static boolean listens(URI endpoint) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(endpoint.getHost(), endpoint.getPort()), CONNECT_MILLIS_MAX);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  private static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  @ChaosTest
  static class Writes {
    private static final int FAULTS = 4;

    @Test
    void everyAcknowledgedWriteIsThere(Chaos chaos) throws InterruptedException {
      SEEN.add(chaos);
      Set<String> acknowledged = ConcurrentHashMap.newKeySet();
      AtomicBoolean isOver = new AtomicBoolean();
      List<Thread> writers = new ArrayList<>();
      writers.add(writer("all", chaos.endpoints(), acknowledged, isOver));
      for (String each : chaos.endpoints()) {
        writers.add(writer("" + writers.size(), List.of(each), acknowledged, isOver));
      }
      writers.forEach(Thread::start);
      try {
        chaos.awaitFaults(FAULTS, WITHIN);
        chaos.rest();
      } finally {
        isOver.set(true);
        for (Thread each : writers) {
          each.join(WITHIN.toMillis());
        }
      }
      assertThat(chaos.done().stream().filter(Fact.Fault::isProven).count())
          .isGreaterThanOrEqualTo(FAULTS);
      for (String endpoint : chaos.endpoints()) {
        assertThat(lost(endpoint, acknowledged)).as("lost at " + endpoint).isEmpty();
      }
      assertThat(acknowledged).isNotEmpty();
    }

    private static Thread writer(
        String name, List<String> endpoints, Set<String> acknowledged, AtomicBoolean isOver) {
      return new Thread(
          () -> {
            try (Client client = Client.at(endpoints).withoutMemberSync().open()) {
              for (int i = 0; !isOver.get(); i++) {
                String key = "set/" + name + "/" + i;
                try {
                  get(client.put(key, "there"));
                  acknowledged.add(key);
                } catch (CompletionException unknown) {
                  // It may be there or not.
                }
              }
            }
          },
          "writer-" + name);
    }

    private static List<String> lost(String endpoint, Set<String> acknowledged) {
      try (Client client = Client.at(endpoint).withoutMemberSync().open()) {
        Set<String> found = ConcurrentHashMap.newKeySet();
        get(client.range(Range.prefix("set/"))).kvs().forEach(kv -> found.add(kv.keyText()));
        return acknowledged.stream().filter(key -> !found.contains(key)).toList();
      }
    }
  }

  static Stream<List<String>> programs() {
    if (Servers.reference().isEmpty()) {
      Servers.leftOut("tests under faults of etcd", "QUORATE_PEERS is not set");
    }
    return Stream.concat(Stream.of(Servers.underTest()), Servers.reference().stream());
  }

  @ParameterizedTest
  @MethodSource("programs")
  void acknowledgedWritesOutliveTheFaults(List<String> program) {
    assertThat(run(Writes.class, program)).containsExactly(TestExecutionResult.successful());
    assertThat(SEEN).hasSize(1).allMatch(ChaosExtensionIT::isClosed);
  }

  @ChaosTest(members = 1, faults = Kind.PAUSE_LEADER)
  static class TooShort {
    @Test
    void endsAtOnce(Chaos chaos) {
      SEEN.add(chaos);
    }
  }

  @Test
  void testDuringWhichNoFaultTookEffectFails() {
    Throwable failed = failure(TooShort.class);
    assertThat(failed)
        .isInstanceOf(ChaosException.class)
        .hasMessageStartingWith("no fault took effect while the test ran");
    assertThat(folder(failed).resolve("members")).isDirectory();
  }

  @ChaosTest(members = 1, faults = Kind.PAUSE_LEADER)
  static class FailsItself {
    @Nested
    class Inner {
      @Test
      void fails(Chaos chaos) throws InterruptedException {
        SEEN.add(chaos);
        chaos.awaitFaults(1, WITHIN);
        fail("of its own");
      }
    }
  }

  @Test
  void testThatFailsItselfFailsWithThatAndSaysWhatWasDone() {
    Throwable failed = failure(FailsItself.class);
    assertThat(failed).isInstanceOf(AssertionError.class).hasMessage("of its own");
    assertThat(failed.getSuppressed()).hasSize(1);
    Throwable note = failed.getSuppressed()[0];
    assertThat(note).hasMessageStartingWith("under faults: pause-leader of m1 (");
    assertThat(folder(note).resolve("history.jsonl")).isNotEmptyFile();
  }

  /** Removed members do not start again once they are killed. */
  @ChaosTest(faults = Kind.KILL)
  static class NeverWell {
    @BeforeEach
    void removeAllButTheLeader(Chaos chaos) {
      SEEN.add(chaos);
      try (Client client = Client.at(chaos.endpoints()).withoutMemberSync().open()) {
        await().atMost(WITHIN).ignoreExceptions().until(() -> removeAllButTheLeader(client));
      }
    }

    private static boolean removeAllButTheLeader(Client client) {
      long leader = get(client.maintenance().status()).raft().leaderId();
      List<Cluster.Member> others =
          get(client.cluster().members()).stream().filter(each -> each.id() != leader).toList();
      others.forEach(each -> get(client.cluster().remove(each.id())));
      return leader != 0 && others.isEmpty();
    }

    @Test
    void waits(Chaos chaos) throws InterruptedException {
      chaos.awaitFaults(1, WITHIN);
    }
  }

  @Test
  void testWhoseFaultCannotBeTakenBackFails() {
    Throwable failed = failure(NeverWell.class);
    assertThat(failed)
        .isInstanceOf(ChaosException.class)
        .hasMessageStartingWith("kill of [m")
        .hasMessageContaining("ended before it was ready");
    assertThat(failed.getSuppressed()).isEmpty();
    folder(failed);
  }

  @ChaosTest(members = 1, faults = Kind.TWO_WAY)
  static class NothingToDo {
    @Test
    void never() {
      fail("it began");
    }
  }

  @Test
  void testFailsIfNoneOfItsFaultsCanBeDone() {
    assertThat(failure(NothingToDo.class))
        .isInstanceOf(ChaosException.class)
        .hasMessageContaining("none of the faults can be done here: without two-way");
  }

  @ChaosTest
  static class TooEarly {
    TooEarly(Chaos chaos) {
      SEEN.add(chaos);
    }

    @Test
    void never() {
      fail("it began");
    }
  }

  @Test
  void constructorIsToldThatThereIsNoClusterYet() {
    assertThat(failure(TooEarly.class))
        .isInstanceOf(ParameterResolutionException.class)
        .hasMessageContaining("with a cluster for each method there is none yet");
  }
}
