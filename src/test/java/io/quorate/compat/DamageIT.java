package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.quorate.lmdb.Tampering;
import io.quorate.proto.etcd.RangeResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One flipped bit in the store, and one in the log, of one member of three: it gives no wrong
 * answer, and comes back whole without a person.
 */
class DamageIT {
  private static final int MEMBERS = 3;
  private static final int KEYS = 200;
  private static final Duration WITHIN = Duration.ofSeconds(60);

  @TempDir Path folder;

  private List<ServerProcess> servers = List.of();

  @BeforeEach
  void start() throws Exception {
    servers =
        ServerProcess.cluster(
            MEMBERS, Servers.underTest(), folder, List.of("--replace-lost-member"));
    ServerProcess.startAll(servers);
    try (EtcdClient client = new EtcdClient(servers.get(0).endpoint())) {
      for (int i = 0; i < KEYS; i++) {
        client.call(EtcdClient.PUT, Calls.putOf("k" + i, value(i)));
      }
    }
  }

  @AfterEach
  void stop() {
    servers.forEach(ServerProcess::close);
  }

  private static String value(int i) {
    return "the value of key number " + i + " of them";
  }

  /** Kills a server once a checkpoint has brought all rows from memory to the file. */
  private static void killCheckpointed(ServerProcess server) {
    awaitAll(server);
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      client.call(
          EtcdClient.DEFRAGMENT, io.quorate.proto.etcd.DefragmentRequest.getDefaultInstance());
    }
    server.kill();
  }

  @Test
  void aFlippedBitInTheStoreIsFoundAndRepaired() throws Exception {
    ServerProcess damaged = servers.get(MEMBERS - 1);
    killCheckpointed(damaged);
    assertThat(flip(files(damaged, "store", "data.mdb"), value(7))).isPositive();
    damaged.start();
    List<String> wrong = new ArrayList<>();
    Awaitility.await("repair")
        .atMost(WITHIN)
        .until(
            () -> {
              RangeResponse found = answer(damaged, "k7", true);
              if (found != null) {
                String answered =
                    found.getKvsCount() == 0 ? "" : found.getKvs(0).getValue().toStringUtf8();
                // Before it has a state at all a member may know no key, as one that lags.
                if (!answered.isEmpty() && !answered.equals(value(7))) {
                  wrong.add(answered);
                }
              }
              return Files.readString(damaged.logFile()).contains("the store is repaired");
            });
    assertThat(wrong).isEmpty();
    awaitAll(damaged);
    assertThat(Calls.hash(damaged)).isEqualTo(Calls.hash(servers.get(0)));
  }

  /** Its process is ended by a signal in the midst of LMDB, as often as it reads there. */
  @Test
  void aFlippedBitThatEndsTheProcessIsFoundAtTheNextStartAndRepaired() throws Exception {
    ServerProcess damaged = servers.get(MEMBERS - 1);
    killCheckpointed(damaged);
    Path store = damaged.dataDir().resolve("member/store");
    String generation = Files.readString(store.resolve("CURRENT")).strip();
    assertThat(Tampering.setTrap(store.resolve(generation), 100)).isPositive();
    startToRead(damaged);
    Awaitility.await("the end of the process").atMost(WITHIN).until(() -> !damaged.isAlive());
    Matcher report =
        Pattern.compile("# (/.*hs_err_pid.*)").matcher(Files.readString(damaged.logFile()));
    assertThat(report.find()).isTrue();
    damaged.start();
    Files.delete(Path.of(report.group(1)));
    Awaitility.await("repair")
        .atMost(WITHIN)
        .until(() -> Files.readString(damaged.logFile()).contains("the store is repaired"));
    awaitAll(damaged);
    assertThat(Calls.hash(damaged)).isEqualTo(Calls.hash(servers.get(0)));
  }

  @Test
  void aFlippedBitInTheLogIsFoundAndTheMemberReplaced() throws Exception {
    ServerProcess damaged = servers.get(MEMBERS - 1);
    long id = Calls.memberId(damaged);
    damaged.kill();
    assertThat(flip(files(damaged, "journal", ".log"), value(7))).isPositive();
    damaged.start();
    assertThat(Calls.memberId(damaged)).isNotEqualTo(id);
    assertThat(damaged.dataDir().resolve("member/damaged/identity")).exists();
    Awaitility.await("promotion").atMost(WITHIN).until(() -> !Calls.isLearner(damaged));
    awaitAll(damaged);
    assertThat(Calls.hash(damaged)).isEqualTo(Calls.hash(servers.get(0)));
  }

  /** Starts a server, once, and has it read all it has, which ends it, early or late. */
  private static void startToRead(ServerProcess server) {
    try {
      server.start();
      Calls.hash(server);
    } catch (IllegalStateException | StatusRuntimeException ending) {
      // Its connections break before it is gone.
    }
  }

  private static List<Path> files(ServerProcess server, String room, String suffix)
      throws IOException {
    try (Stream<Path> files = Files.walk(server.dataDir().resolve("member").resolve(room))) {
      return files.filter(file -> file.toString().endsWith(suffix)).toList();
    }
  }

  /** Flips a bit in the middle of each place that holds {@code text}; how many there were. */
  private static int flip(List<Path> files, String text) throws IOException {
    int flipped = 0;
    for (Path file : files) {
      String all = Files.readString(file, StandardCharsets.ISO_8859_1);
      byte[] bytes = all.getBytes(StandardCharsets.ISO_8859_1);
      for (int at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1)) {
        bytes[at + text.length() / 2] ^= 1;
        flipped++;
      }
      Files.write(file, bytes);
    }
    return flipped;
  }

  private static void awaitAll(ServerProcess server) {
    Awaitility.await("all keys at " + server.endpoint())
        .atMost(WITHIN)
        .until(
            () -> {
              RangeResponse found = answer(server, "k" + (KEYS - 1), false);
              return found != null && found.getKvsCount() == 1;
            });
  }

  private static @Nullable RangeResponse answer(
      ServerProcess server, String key, boolean serializable) {
    try {
      return Calls.range(server, key, serializable);
    } catch (StatusRuntimeException refused) {
      return null;
    }
  }
}
