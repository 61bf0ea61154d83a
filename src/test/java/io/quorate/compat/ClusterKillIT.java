package io.quorate.compat;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quorate.base.EtcdError;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.WatchCreateRequest;
import io.quorate.proto.etcd.WatchRequest;
import io.quorate.proto.etcd.WatchResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rounds of SIGKILL of the leader of three members, under the load of four clients that each stay
 * with one member: what they were answered is linearizable, every write happened once at most, and
 * each watch is complete. Who asks a member that lives is answered, not left with a time-out.
 *
 * <p>{@code -Dcompat.cluster.kills=100} runs so many rounds, {@code -Dcompat.seed} sets what is
 * done.
 */
class ClusterKillIT {
  private static final int MEMBERS = 3;
  private static final int CLIENTS = 4;
  private static final int KEYS = 5;
  private static final int OPERATIONS_A_ROUND = 300;
  private static final Duration ROUND_WITHIN = Duration.ofSeconds(60);
  private static final long REWATCH_MILLIS = 20;

  @TempDir Path folder;

  private final ClusterHistory history = new ClusterHistory();
  private final Queue<String> timedOut = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean busy = new AtomicBoolean(true);
  private final AtomicInteger idle = new AtomicInteger();
  private final CountDownLatch over = new CountDownLatch(1);

  @Test
  void historiesThroughLeaderKillsAreLinearizable() throws Exception {
    int rounds = Servers.number("compat.cluster.kills", 4);
    int seed = Servers.number("compat.seed", 1);
    List<ServerProcess> servers =
        ServerProcess.cluster(MEMBERS, Servers.underTest(), folder, List.of());
    List<Thread> clients = new ArrayList<>();
    try {
      ServerProcess.startAll(servers);
      for (int i = 0; i < CLIENTS; i++) {
        String endpoint = servers.get(i % MEMBERS).endpoint();
        Random random = new Random(seed * 100L + i);
        String name = "c" + i;
        Thread client = new Thread(() -> run(name, endpoint, random), name);
        client.start();
        clients.add(client);
      }
      for (int round = 1; round <= rounds; round++) {
        int target = history.size() + OPERATIONS_A_ROUND;
        Awaitility.await("round " + round)
            .atMost(ROUND_WITHIN)
            .until(() -> history.size() >= target);
        ServerProcess leader = Calls.leader(servers);
        leader.kill();
        int later = history.size() + OPERATIONS_A_ROUND / 3;
        Awaitility.await("without " + leader.endpoint() + " in round " + round)
            .atMost(ROUND_WITHIN)
            .until(() -> history.size() >= later);
        leader.start();
      }
      // What is still written while the newest revision is looked up would be missing in the log.
      busy.set(false);
      Awaitility.await("the last answers").atMost(ROUND_WITHIN).until(() -> idle.get() == CLIENTS);
      long newest = history.newest();
      Awaitility.await("watches up to " + newest)
          .atMost(ROUND_WITHIN)
          .until(() -> allWatched(newest));
      over.countDown();
      for (Thread client : clients) {
        client.join();
      }
      history.verify();
      assertThat(timedOut).as("writes and reads that were lost with a leader").isEmpty();
      System.out.println("leader kills: " + rounds + ", " + history.summary());
    } catch (RuntimeException | AssertionError e) {
      StringBuilder logs = new StringBuilder();
      servers.forEach(
          server -> logs.append(server.endpoint()).append("\n").append(server.logEnd()));
      throw new AssertionError(e.getMessage() + "\n" + logs, e);
    } finally {
      over.countDown();
      servers.forEach(ServerProcess::close);
    }
  }

  private boolean allWatched(long revision) {
    for (int i = 0; i < CLIENTS; i++) {
      if (history.watchedTo("c" + i) < revision) {
        return false;
      }
    }
    return true;
  }

  /**
   * Watches at one member until all is over, whether it is there or not, and as long as it is busy
   * writes and reads there.
   */
  private void run(String name, String endpoint, Random random) {
    try (EtcdClient client = new EtcdClient(endpoint)) {
      ClientCall<WatchRequest, WatchResponse> watch = null;
      AtomicBoolean watching = new AtomicBoolean();
      int operations = 0;
      boolean isIdle = false;
      while (!over.await(isIdle ? REWATCH_MILLIS : 0, MILLISECONDS)) {
        if (!watching.get()) {
          watch = watch(client, name, watching);
        }
        if (busy.get()) {
          operate(client, name + "-" + operations++, random);
        } else if (!isIdle) {
          isIdle = true;
          idle.incrementAndGet();
        }
      }
      if (watch != null) {
        watch.cancel("the test is over", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void operate(EtcdClient client, String value, Random random) {
    String key = "k" + random.nextInt(KEYS);
    ByteString name = ByteString.copyFromUtf8(key);
    long begin = System.nanoTime();
    try {
      if (random.nextBoolean()) {
        PutRequest put =
            PutRequest.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value)).build();
        long revision = client.call(EtcdClient.PUT, put).getHeader().getRevision();
        history.wrote(begin, revision, key, value);
      } else {
        RangeResponse found =
            client.call(EtcdClient.RANGE, RangeRequest.newBuilder().setKey(name).build());
        history.read(begin, found.getHeader().getRevision(), key, onlyValue(found));
      }
    } catch (StatusRuntimeException e) {
      // What became of it is not known; if it was a write, the log shows it or does not.
      String text = String.valueOf(e.getStatus().getDescription());
      if (text.startsWith(EtcdError.TIMEOUT.text())) {
        timedOut.add(value + ": " + text);
      }
    }
  }

  private static @Nullable String onlyValue(RangeResponse found) {
    return found.getKvsCount() == 0 ? null : found.getKvs(0).getValue().toStringUtf8();
  }

  private ClientCall<WatchRequest, WatchResponse> watch(
      EtcdClient client, String name, AtomicBoolean watching) {
    watching.set(true);
    List<ClientCall<WatchRequest, WatchResponse>> self = new ArrayList<>(1);
    ClientCall<WatchRequest, WatchResponse> call =
        client.open(
            EtcdClient.WATCH,
            new ClientCall.Listener<WatchResponse>() {
              @Override
              public void onMessage(WatchResponse response) {
                history.watch(name, response);
                self.get(0).request(1);
              }

              @Override
              public void onClose(Status status, Metadata trailers) {
                watching.set(false);
              }
            });
    self.add(call);
    ByteString zero = ByteString.copyFrom(new byte[1]);
    WatchCreateRequest.Builder create =
        WatchCreateRequest.newBuilder()
            .setKey(zero)
            .setRangeEnd(zero)
            .setStartRevision(history.watchedTo(name) + 1);
    call.sendMessage(WatchRequest.newBuilder().setCreateRequest(create).build());
    call.request(1);
    return call;
  }
}
