package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.proto.etcd.KeyValue;
import io.quorate.proto.etcd.LeaseGrantRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rounds of SIGKILL in the middle of load, on one data directory: every acknowledged write is
 * there, no revision repeats or goes back, and a watch resumed at its last revision misses nothing.
 *
 * <p>{@code -Dcompat.kills=200} runs so many rounds, {@code -Dcompat.seed} sets when to kill and
 * what to write, {@code -Dcompat.kill.flags} gives the server further flags, as small bounds.
 */
class KillIT {
  private static final int WRITERS = 6;
  private static final int ACKNOWLEDGED_MIN = 20;
  private static final int ACKNOWLEDGED_MAX = 600;
  private static final int COMPACT_EVERY = 60;
  private static final int COMPACT_BEHIND = 30;
  private static final Duration ROUND_WITHIN = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void acknowledgedWritesOutliveKills() {
    int seed = Servers.number("compat.seed", 1);
    Random random = new Random(seed);
    String flags = System.getProperty("compat.kill.flags", "").trim();
    KillHistory history = new KillHistory();
    List<KillWriter> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(new KillWriter("w" + i + "/", random.nextLong(), history));
    }
    try (ServerProcess server =
        ServerProcess.start(
            Servers.underTest(), folder, flags.isEmpty() ? List.of() : List.of(flags.split(" ")))) {
      int rounds = Servers.number("compat.kills", 5);
      for (int round = 1; round <= rounds; round++) {
        String label = "seed " + seed + " round " + round;
        load(server, writers, history, random, round, label);
        server.start();
        try (EtcdClient client = new EtcdClient(server.endpoint())) {
          verify(client, writers, history, round, label);
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError(label + ": " + e.getMessage() + "\n" + server.logEnd(), e);
        }
      }
      System.out.println("kills: " + rounds + ", " + history.summary());
    }
  }

  /** Writes until a random number of writes has been acknowledged, and kills. */
  private static void load(
      ServerProcess server,
      List<KillWriter> writers,
      KillHistory history,
      Random random,
      int round,
      String label) {
    int target = ACKNOWLEDGED_MIN + random.nextInt(ACKNOWLEDGED_MAX - ACKNOWLEDGED_MIN);
    int killAt = history.acknowledged() + target;
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      KillWatch.open(client, history);
      client.call(
          EtcdClient.LEASE_GRANT,
          LeaseGrantRequest.newBuilder().setID(round).setTTL(100_000).build());
      List<Thread> threads = new ArrayList<>();
      for (KillWriter writer : writers) {
        Thread thread = new Thread(() -> writer.run(client), label);
        thread.start();
        threads.add(thread);
      }
      int compactAt = history.acknowledged() + COMPACT_EVERY;
      while (history.acknowledged() < killAt) {
        history.awaitAcknowledged(Math.min(killAt, compactAt), ROUND_WITHIN);
        if (history.acknowledged() >= compactAt) {
          compactAt += COMPACT_EVERY;
          history.compactBehindWatch(client, COMPACT_BEHIND, random.nextBoolean());
        }
      }
      server.kill();
      for (Thread thread : threads) {
        join(thread);
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void verify(
      EtcdClient client, List<KillWriter> writers, KillHistory history, int round, String label) {
    long revision = 0;
    for (KillWriter writer : writers) {
      ByteString prefix = ByteString.copyFromUtf8(writer.prefix());
      RangeResponse found =
          client.call(
              EtcdClient.RANGE,
              RangeRequest.newBuilder().setKey(prefix).setRangeEnd(KillWriter.end(prefix)).build());
      TreeMap<String, String> state = new TreeMap<>();
      for (KeyValue kv : found.getKvsList()) {
        state.put(kv.getKey().toStringUtf8(), kv.getValue().toStringUtf8());
      }
      writer.verify(state);
      revision = found.getHeader().getRevision();
    }
    assertThat(revision)
        .as("revision after the start")
        .isGreaterThanOrEqualTo(history.revisionAcknowledgedMax());
    assertThat(
            client
                .call(
                    EtcdClient.LEASE_REVOKE,
                    io.quorate.proto.etcd.LeaseRevokeRequest.newBuilder().setID(round).build())
                .hasHeader())
        .as("the acknowledged lease is there")
        .isTrue();
    long newest = revision;
    KillWatch watch = KillWatch.open(client, history);
    Awaitility.await(label + ": watch up to " + newest)
        .atMost(ROUND_WITHIN)
        .until(() -> history.watchedTo() >= newest);
    watch.close();
    history.verifyAcknowledgedWereWatched();
  }
}
