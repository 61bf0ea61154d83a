package io.quorate.compat;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.client.Change;
import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.Interval;
import io.quorate.client.KeyValue;
import io.quorate.client.Lease;
import io.quorate.client.LeaseState;
import io.quorate.client.Put;
import io.quorate.client.Range;
import io.quorate.client.RangeResult;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The reactive client through rounds of SIGKILL of the leader of one or three members: what it
 * answers is linearizable, a write that it calls failed did not happen, one that it calls done did,
 * every watch is complete and in order, and no lease ends without having been told as lost before.
 *
 * <p>{@code -Dcompat.client.kills=50} runs so many rounds, {@code -Dcompat.seed} sets what is done.
 */
class ClientKillIT {
  private static final int WORKERS = 4;
  private static final int WATCHES = 3;
  private static final int LEASES = 20;
  private static final int KEYS = 5;
  private static final int OPERATIONS_A_ROUND = 300;
  private static final Duration LEASE_TTL = Duration.ofSeconds(5);
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final String LEASE_KEY = "lease/";

  @TempDir Path folder;

  private final ClusterHistory history = new ClusterHistory();
  private final AtomicBoolean over = new AtomicBoolean();
  private final Queue<String> failed = new ConcurrentLinkedQueue<>();
  private final Queue<String> ambiguous = new ConcurrentLinkedQueue<>();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final Map<String, Lease> leases = new ConcurrentHashMap<>();

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void nothingIsLostRepeatedOrMisreportedWithQuorate(int members) throws Exception {
    run(members, Servers.underTest());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void nothingIsLostRepeatedOrMisreportedWithTheReference(int members) throws Exception {
    if (Servers.reference().isEmpty()) {
      Servers.leftOut("the client through kills of etcd", "QUORATE_PEERS is not set");
      return;
    }
    run(members, Servers.reference().get());
  }

  private void run(int members, List<String> command) throws Exception {
    int rounds = Servers.number("compat.client.kills", 2);
    int seed = Servers.number("compat.seed", 1);
    List<ServerProcess> servers = ServerProcess.cluster(members, command, folder, List.of());
    try {
      ServerProcess.startAll(servers);
      List<String> urls = servers.stream().map(ServerProcess::clientUrl).toList();
      try (Client client = Client.at(urls).callTimeout(Duration.ofSeconds(5)).open()) {
        for (int i = 0; i < WATCHES; i++) {
          String name = "w" + i;
          client.watch(Watch.of(Interval.all()).at(1)).subscribe(new Told(name));
        }
        Mirror mirror = new Mirror();
        client.watch(Watch.of(Interval.all()).withList()).subscribe(mirror);
        List<Thread> workers = begin(client, seed);
        for (int round = 1; round <= rounds; round++) {
          kill(servers, round, client);
        }
        over.set(true);
        for (Thread worker : workers) {
          worker.join();
        }
        check(client, mirror);
        long lost = lost();
        servers.forEach(ServerProcess::kill);
        leases.values().forEach(ClientKillIT::awaitLoss);
        System.out.println(
            "leader kills of "
                + members
                + " "
                + command.get(0).replaceAll(".*/", "")
                + ": "
                + rounds
                + ", "
                + history.summary()
                + ", "
                + ambiguous.size()
                + " writes ambiguous, "
                + failed.size()
                + " failed, "
                + lost
                + " of "
                + leases.size()
                + " leases lost");
      }
    } catch (RuntimeException | AssertionError e) {
      StringBuilder logs = new StringBuilder();
      servers.forEach(each -> logs.append(each.endpoint()).append("\n").append(each.logEnd()));
      throw new AssertionError(e.getMessage() + "\n" + logs, e);
    } finally {
      over.set(true);
      servers.forEach(ServerProcess::close);
    }
  }

  /** Nobody can renew it any more: that is told before it could have expired. */
  private static void awaitLoss(Lease lease) {
    LeaseState.Lost lost =
        lease.lost().toCompletableFuture().orTimeout(LEASE_TTL.toSeconds(), SECONDS).join();
    assertThat(lost.reason()).isIn(LeaseState.Reason.UNRENEWED, LeaseState.Reason.GONE);
    assertThat(lease.isHeld()).isFalse();
  }

  private List<Thread> begin(Client client, int seed) {
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      Random random = new Random(seed * 100L + i);
      String name = "c" + i;
      Thread worker = new Thread(() -> work(client, name, random), name);
      worker.start();
      workers.add(worker);
    }
    return workers;
  }

  private void kill(List<ServerProcess> servers, int round, Client client) {
    awaitOperations("round " + round, OPERATIONS_A_ROUND);
    for (int i = leases.size(); i < LEASES; i++) {
      hold(client, LEASE_KEY + round + "-" + i);
    }
    ServerProcess leader = Calls.leader(servers);
    leader.kill();
    if (servers.size() > 1) {
      awaitOperations("without it in round " + round, OPERATIONS_A_ROUND / 3);
    }
    leader.start();
  }

  private void awaitOperations(String what, int more) {
    int target = history.size() + more;
    Awaitility.await(what).atMost(WITHIN).until(() -> history.size() >= target);
  }

  /** A key that is there as long as its lease; the lease is known before the key is. */
  private void hold(Client client, String key) {
    Lease lease = client.lease(LEASE_TTL).toCompletableFuture().join();
    leases.put(key, lease);
    write(client, Put.of(key, key).withLease(lease.id()));
  }

  private void work(Client client, String name, Random random) {
    for (int i = 0; !over.get(); i++) {
      String key = "k" + random.nextInt(KEYS);
      if (random.nextBoolean()) {
        write(client, Put.of(key, name + "-" + i));
      } else {
        read(client, key);
      }
    }
  }

  private void write(Client client, Put put) {
    String value = put.value().utf8();
    long begin = System.nanoTime();
    try {
      long revision = client.put(put).toCompletableFuture().join().revision();
      history.wrote(begin, revision, put.key().utf8(), value);
    } catch (CompletionException e) {
      if (e.getCause() instanceof ClientException.Ambiguous) {
        ambiguous.add(value);
      } else if (e.getCause() instanceof ClientException) {
        failed.add(value);
      } else {
        faults.add("a write ended with " + e.getCause());
      }
    }
  }

  private void read(Client client, String key) {
    long begin = System.nanoTime();
    try {
      RangeResult found = client.range(Range.of(key)).toCompletableFuture().join();
      String value = found.first().map(KeyValue::valueText).orElse(null);
      history.read(begin, found.revision(), key, value);
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof ClientException.Unavailable)) {
        faults.add("a read ended with " + e.getCause());
      }
    }
  }

  private long lost() {
    return leases.values().stream().filter(lease -> !lease.isHeld()).count();
  }

  private void check(Client client, Mirror mirror) {
    RangeResult all = client.range(Range.of(Interval.all())).toCompletableFuture().join();
    Awaitility.await("watches up to " + all.revision())
        .atMost(WITHIN)
        .until(() -> mirror.revision >= all.revision() && watchedTo() >= all.revision());
    assertThat(faults).isEmpty();
    history.verify();
    assertThat(failed).as("failed, and done").doesNotContainAnyElementsOf(history.values());
    Map<Bytes, KeyValue> state = new TreeMap<>();
    all.kvs().forEach(kv -> state.put(kv.key(), kv));
    assertThat(mirror.state).as("listed, then watched").isEqualTo(state);
    leases.forEach(
        (key, lease) -> {
          boolean isThere = state.containsKey(Bytes.utf8(key));
          boolean wasWritten = history.values().contains(key);
          assertThat(isThere || !wasWritten || !lease.isHeld()).as(key).isTrue();
        });
  }

  private long watchedTo() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < WATCHES; i++) {
      least = Math.min(least, history.watchedTo("w" + i));
    }
    return least;
  }

  /** One who watches, one signal at a time. */
  private abstract class Watcher implements Flow.Subscriber<WatchSignal> {
    private Flow.@Nullable Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(1);
    }

    abstract void told(WatchSignal signal);

    @Override
    public void onNext(WatchSignal signal) {
      told(signal);
      if (subscription != null) {
        subscription.request(1);
      }
    }

    @Override
    public void onError(Throwable failure) {
      if (!(failure instanceof ClientException.Closed)) {
        faults.add("a watch ended with " + failure);
      }
    }

    @Override
    public void onComplete() {
      faults.add("a watch is complete");
    }
  }

  private final class Told extends Watcher {
    private final String name;

    Told(String name) {
      this.name = name;
    }

    @Override
    void told(WatchSignal signal) {
      if (signal instanceof WatchSignal.Changes changes) {
        changes.changes().forEach(change -> history.watch(name, change));
        changes.changes().forEach(this::checkLease);
      }
    }

    /** A key is gone with its lease: who held it was told before. */
    private void checkLease(Change change) {
      Lease lease = leases.get(change.key().utf8());
      if (lease != null && change.isDelete() && lease.isHeld()) {
        faults.add(change.key() + " is gone, and its lease counts as held");
      }
    }
  }

  private final class Mirror extends Watcher {
    private final Map<Bytes, KeyValue> state = new ConcurrentHashMap<>();
    private volatile long revision;

    @Override
    void told(WatchSignal signal) {
      if (signal instanceof WatchSignal.Listing listing) {
        if (listing.isFirst()) {
          state.clear();
        }
        listing.kvs().forEach(kv -> state.put(kv.key(), kv));
      } else if (signal instanceof WatchSignal.Changes changes) {
        for (Change change : changes.changes()) {
          if (change.isDelete()) {
            state.remove(change.key());
          } else {
            state.put(change.key(), change.kv());
          }
        }
      }
      revision = signal.revision();
    }
  }
}
