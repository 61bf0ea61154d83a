package io.quorate.compat;

import com.google.protobuf.ByteString;
import io.quorate.proto.etcd.PutRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * What writers feel while a member is brought up by a snapshot: three members are loaded, writes
 * come at a fixed rate whatever the answers do, and the disk of a follower is emptied. Latencies
 * count from when a write was due. Run by {@code bench/snapshot}.
 */
public final class SnapshotCheck {
  private static final int MEMBERS = 3;
  private static final int LOADING_MAX = 64;
  private static final long SECOND_NANOS = 1_000_000_000;
  private static final Duration WITHIN = Duration.ofMinutes(30);

  /** How large the values of the load are: as objects of Kubernetes often are. */
  private static final int VALUE_BYTES = 4 * 1024;

  private final int sizeMib;
  private final int writesPerSecond;
  private final int beforeSeconds;
  private final List<ServerProcess> servers;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong failed = new AtomicLong();
  private volatile ConcurrentLinkedQueue<Long> latencies = new ConcurrentLinkedQueue<>();

  private SnapshotCheck(int sizeMib, int writesPerSecond, int beforeSeconds, Path folder)
      throws IOException {
    this.sizeMib = sizeMib;
    this.writesPerSecond = writesPerSecond;
    this.beforeSeconds = beforeSeconds;
    this.servers =
        ServerProcess.cluster(
            MEMBERS,
            Servers.underTest(),
            Files.createDirectories(folder),
            List.of("--replace-lost-member", "--quota-backend-bytes", "8589934592"));
  }

  /**
   * Runs it.
   *
   * @param args MiB of values, writes a second, seconds of measuring before, and a new folder in
   *     which data directories are left
   */
  public static void main(String[] args) throws Exception {
    SnapshotCheck check =
        new SnapshotCheck(
            Integer.parseInt(args[0]),
            Integer.parseInt(args[1]),
            Integer.parseInt(args[2]),
            Path.of(args[3]));
    try {
      check.run();
    } finally {
      check.over.set(true);
      check.servers.forEach(ServerProcess::close);
    }
  }

  private void run() throws Exception {
    ServerProcess.startAll(servers);
    ServerProcess leader = Calls.leader(servers);
    load(leader);
    ServerProcess lost = servers.stream().filter(s -> s != leader).findFirst().orElseThrow();
    Thread writer = new Thread(() -> write(leader), "writer");
    writer.start();
    awaitSeconds(beforeSeconds);
    latencies = new ConcurrentLinkedQueue<>();
    awaitSeconds(beforeSeconds);
    double[] before = sorted(latencies);
    lost.kill();
    empty(lost.dataDir());
    latencies = new ConcurrentLinkedQueue<>();
    // It starts apart from the wait for the log, which says when the snapshot begins.
    CompletableFuture<Duration> started = CompletableFuture.supplyAsync(() -> lost.start(WITHIN));
    Awaitility.await("a snapshot is sent").atMost(WITHIN).until(() -> sends(leader));
    double[] starting = sorted(latencies);
    latencies = new ConcurrentLinkedQueue<>();
    long begun = System.nanoTime();
    started.join();
    Awaitility.await("in sync").atMost(WITHIN).until(() -> !Calls.isLearner(lost));
    double seconds = (double) (System.nanoTime() - begun) / SECOND_NANOS;
    double[] during = sorted(latencies);
    long refused = failed.get();
    over.set(true);
    writer.join();
    print("before", before);
    print("start", starting);
    print("snapshot", during);
    System.out.printf(
        Locale.ROOT,
        "p99 ratio %.2f, with the start of the process %.2f%n"
            + "%d MiB in sync %.1f s after they began to be sent, %.1f MiB/s; %d writes failed%n",
        at(during, 0.99) / at(before, 0.99),
        at(merged(starting, during), 0.99) / at(before, 0.99),
        sizeMib,
        seconds,
        sizeMib / seconds,
        refused);
  }

  private static boolean sends(ServerProcess leader) throws IOException {
    return Files.readString(leader.logFile()).contains("sending a snapshot");
  }

  private static void print(String when, double[] sorted) {
    System.out.printf(
        Locale.ROOT,
        "%-9s %6d writes, p50 %6.2f ms, p99 %6.2f ms, worst %4.0f ms%n",
        when + ":",
        sorted.length,
        at(sorted, 0.5),
        at(sorted, 0.99),
        at(sorted, 1));
  }

  private static double[] merged(double[] a, double[] b) {
    return DoubleStream.concat(DoubleStream.of(a), DoubleStream.of(b)).sorted().toArray();
  }

  private static PutRequest put(String key, byte[] value) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFrom(value))
        .build();
  }

  private void load(ServerProcess leader) throws InterruptedException {
    Random random = new Random(1);
    byte[] value = new byte[VALUE_BYTES];
    Semaphore room = new Semaphore(LOADING_MAX);
    long count = ((long) sizeMib << 20) / VALUE_BYTES;
    long begun = System.nanoTime();
    try (EtcdClient client = new EtcdClient(leader.endpoint())) {
      List<CompletableFuture<?>> failures = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        random.nextBytes(value);
        room.acquire();
        CompletableFuture<?> answer = client.start(EtcdClient.PUT, put("load/" + i, value));
        answer.whenComplete(
            (done, failure) -> {
              room.release();
              if (failure != null) {
                synchronized (failures) {
                  failures.add(answer);
                }
              }
            });
      }
      room.acquire(LOADING_MAX);
      failures.forEach(CompletableFuture::join);
    }
    System.out.printf(
        Locale.ROOT,
        "loaded %d MiB in %.1f s%n",
        sizeMib,
        (double) (System.nanoTime() - begun) / SECOND_NANOS);
  }

  /** Open loop: a late answer holds no later write back. */
  private void write(ServerProcess leader) {
    long pause = SECOND_NANOS / writesPerSecond;
    byte[] value = new byte[256];
    try (EtcdClient client = new EtcdClient(leader.endpoint())) {
      long due = System.nanoTime();
      for (long i = 0; !over.get(); i++) {
        due += pause;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        long since = due;
        ConcurrentLinkedQueue<Long> into = latencies;
        client
            .start(EtcdClient.PUT, put("write/" + i % 1000, value))
            .whenComplete(
                (done, failure) -> {
                  into.add(System.nanoTime() - since);
                  if (failure != null) {
                    failed.incrementAndGet();
                  }
                });
      }
    }
  }

  private static void awaitSeconds(int seconds) {
    long end = System.nanoTime() + seconds * SECOND_NANOS;
    Awaitility.await()
        .atMost(Duration.ofSeconds(seconds + 60))
        .until(() -> System.nanoTime() >= end);
  }

  private static double[] sorted(ConcurrentLinkedQueue<Long> nanos) {
    return nanos.stream().mapToDouble(each -> each / 1e6).sorted().toArray();
  }

  private static double at(double[] sorted, double share) {
    int index = (int) Math.ceil(sorted.length * share) - 1;
    return sorted.length == 0 ? Double.NaN : sorted[Math.max(0, index)];
  }

  private static void empty(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
