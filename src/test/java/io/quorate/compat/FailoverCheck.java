package io.quorate.compat;

import io.grpc.StatusRuntimeException;
import io.quorate.proto.etcd.PutRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * How long writers are without service when the leader of three members is killed: eight of them,
 * with time-outs of 500 ms, go from member to member when one does not answer. The silence of a
 * kill is the longest pause between two acknowledged writes around it. Run by {@code
 * bench/failover}; with the reference given, the kills are made in turns on both.
 */
public final class FailoverCheck {
  private static final int MEMBERS = 3;
  private static final int WRITERS = 8;
  private static final Duration TIMEOUT = Duration.ofMillis(500);
  private static final Duration WITHIN = Duration.ofSeconds(60);

  /** Writes between two kills, so that all members are well again. */
  private static final int WRITES_BETWEEN = 500;

  private static final long SECOND_NANOS = 1_000_000_000;

  private final String label;
  private final List<ServerProcess> servers;
  private final ConcurrentSkipListSet<Long> acknowledged = new ConcurrentSkipListSet<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Thread> writers = new ArrayList<>();
  private final List<Double> silences = new ArrayList<>();

  private FailoverCheck(String label, List<String> command, Path folder) throws Exception {
    this.label = label;
    this.servers =
        ServerProcess.cluster(
            MEMBERS, command, Files.createDirectories(folder.resolve(label)), List.of());
  }

  /**
   * Runs it.
   *
   * @param args the number of kills, and a new folder in which data directories are left
   */
  public static void main(String[] args) throws Exception {
    int kills = Integer.parseInt(args[0]);
    Path folder = Files.createDirectories(Path.of(args[1]));
    List<FailoverCheck> checks = new ArrayList<>();
    checks.add(new FailoverCheck("ours", Servers.underTest(), folder));
    if (Servers.reference().isPresent()) {
      checks.add(new FailoverCheck("reference", Servers.reference().get(), folder));
    } else {
      Servers.leftOut("the comparison with the reference", "QUORATE_PEERS is not set");
    }
    try {
      for (int round = 0; round < kills; round++) {
        for (FailoverCheck check : checks) {
          check.round();
        }
      }
      checks.forEach(FailoverCheck::print);
    } finally {
      checks.forEach(FailoverCheck::close);
    }
  }

  private void print() {
    double[] sorted = silences.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "%-10s %d kills, silence in s: median %.2f, p99 %.2f, worst %.2f%n",
        label,
        sorted.length,
        sorted[sorted.length / 2],
        sorted[(int) Math.ceil(sorted.length * 0.99) - 1],
        Arrays.stream(sorted).max().orElse(0));
  }

  /** Only the cluster whose turn it is has writers; the other one is idle. */
  private void round() throws Exception {
    ServerProcess.startAll(servers);
    startWriters();
    awaitWrites(WRITES_BETWEEN);
    ServerProcess leader = Calls.leader(servers);
    long killed = System.nanoTime();
    leader.kill();
    awaitWrites(WRITES_BETWEEN);
    stopWriters();
    silences.add(silence(killed));
    leader.start();
  }

  private double silence(long killed) {
    long longest = 0;
    @Nullable Long before = acknowledged.floor(killed);
    for (Long each : acknowledged.tailSet(killed)) {
      longest = Math.max(longest, before == null ? 0 : each - before);
      before = each;
    }
    return (double) longest / SECOND_NANOS;
  }

  private void startWriters() {
    acknowledged.clear();
    over.set(false);
    for (int i = 0; i < WRITERS; i++) {
      int first = i;
      Thread writer = new Thread(() -> write(first), label + "-writer-" + i);
      writer.start();
      writers.add(writer);
    }
  }

  private void stopWriters() throws InterruptedException {
    over.set(true);
    for (Thread writer : writers) {
      writer.join();
    }
    writers.clear();
  }

  private void write(int first) {
    List<EtcdClient> clients = servers.stream().map(s -> new EtcdClient(s.endpoint())).toList();
    try {
      int at = first;
      for (int i = 0; !over.get(); i++) {
        PutRequest put = Calls.putOf("w" + first, "v" + i);
        try {
          clients.get(at % MEMBERS).call(EtcdClient.PUT, put, TIMEOUT);
          acknowledged.add(System.nanoTime());
        } catch (StatusRuntimeException e) {
          at++;
        }
      }
    } finally {
      clients.forEach(EtcdClient::close);
    }
  }

  private void awaitWrites(int more) {
    int target = acknowledged.size() + more;
    Awaitility.await(label + " writes").atMost(WITHIN).until(() -> acknowledged.size() >= target);
  }

  private void close() {
    over.set(true);
    servers.forEach(ServerProcess::close);
  }
}
