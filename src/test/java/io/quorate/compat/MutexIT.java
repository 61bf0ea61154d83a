package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.client.Client;
import io.quorate.client.Interval;
import io.quorate.client.LeaseState;
import io.quorate.client.Put;
import io.quorate.client.Range;
import io.quorate.client.Txn;
import io.quorate.client.recipe.Mutex;
import io.quorate.client.recipe.Mutex.Held;
import io.quorate.client.recipe.RecipeException;
import io.quorate.proto.etcd.StatusRequest;
import io.quorate.proto.etcd.StatusResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Locks of the client against a real server, and side by side with those of etcdctl. */
class MutexIT extends OneServer {
  private static final Duration TTL = Duration.ofSeconds(3);
  private static final Duration LONG_TTL = Duration.ofSeconds(60);
  private static final Duration WITHIN = Duration.ofSeconds(30);
  private static final int CONTENDERS = 8;
  private static final int ROUNDS = 5;
  private static final int MEMBERS = 3;

  private static long keys(String name) {
    return Stages.get(client.count(Interval.prefix(name + "/")));
  }

  private static void awaitKeys(String name, long count) {
    await().atMost(WITHIN).until(() -> keys(name) == count);
  }

  private static long lease(Held held) {
    return Stages.get(client.get(held.key())).orElseThrow().lease();
  }

  private static Txn write(Held held, String key, String value) {
    return Txn.when(held.guard()).then(Put.of(key, value));
  }

  @Test
  void letsOneAtATimeIn() throws Exception {
    List<Long> fences = Collections.synchronizedList(new ArrayList<>());
    Stages.get(client.put("counter", "0"));
    List<CompletableFuture<Void>> contenders =
        IntStream.range(0, CONTENDERS)
            .mapToObj(
                i ->
                    CompletableFuture.runAsync(
                        () -> contend(fences), work -> new Thread(work).start()))
            .toList();
    CompletableFuture.allOf(contenders.toArray(CompletableFuture[]::new))
        .get(WITHIN.toSeconds(), TimeUnit.SECONDS);
    assertThat(Stages.get(client.get("counter")).orElseThrow().valueText())
        .isEqualTo(Integer.toString(CONTENDERS * ROUNDS));
    assertThat(fences).isSorted().doesNotHaveDuplicates();
    assertThat(keys("one")).isZero();
  }

  private static void contend(List<Long> fences) {
    for (int round = 0; round < ROUNDS; round++) {
      Held held = Stages.get(Mutex.of(client, "one", LONG_TTL).acquire());
      fences.add(held.fence());
      // Not atomic at all: right only if nobody else is between the two.
      int before = Integer.parseInt(Stages.get(client.get("counter")).orElseThrow().valueText());
      Stages.get(client.put("counter", Integer.toString(before + 1)));
      Stages.get(held.release());
    }
  }

  @Test
  void refusesWhatAHolderWritesWhoseLeaseIsLost() {
    Mutex mutex = Mutex.of(client, "zombie", TTL);
    Held zombie = Stages.get(mutex.acquire());
    List<CompletionStage<Held>> waiting = new ArrayList<>();
    for (int i = 1; i < CONTENDERS; i++) {
      waiting.add(mutex.acquire());
    }
    awaitKeys("zombie", CONTENDERS);
    assertThat(Stages.get(client.txn(write(zombie, "z", "first"))).succeeded()).isTrue();
    Stages.get(client.leases().revoke(lease(zombie)));
    CompletionStage<Object> next =
        CompletableFuture.anyOf(
            waiting.stream()
                .map(CompletionStage::toCompletableFuture)
                .toArray(CompletableFuture[]::new));
    Held heir = (Held) Stages.get(next);
    assertThat(heir.fence()).isGreaterThan(zombie.fence());
    assertThat(Stages.get(client.txn(write(heir, "z", "second"))).succeeded()).isTrue();
    assertThat(Stages.get(client.txn(write(zombie, "z", "stale"))).succeeded()).isFalse();
    assertThat(Stages.get(client.get("z")).orElseThrow().valueText()).isEqualTo("second");
    assertThat(Stages.get(zombie.lost()).reason()).isEqualTo(LeaseState.Reason.GONE);
    assertThat(zombie.isHeld()).isFalse();
    assertThat(waiting.stream().filter(each -> each.toCompletableFuture().isDone())).hasSize(1);
    Stages.get(zombie.release());
    assertThat(heir.isHeld()).isTrue();
    Stages.get(heir.release());
    waiting.forEach(each -> each.thenAccept(Held::release));
    awaitKeys("zombie", 0);
  }

  @Test
  void failsWhoWaitsAndLosesTheLease() {
    Mutex mutex = Mutex.of(client, "waiter", TTL);
    Held held = Stages.get(mutex.acquire());
    CompletionStage<Held> waiting = mutex.acquire();
    awaitKeys("waiter", 2);
    long lease =
        Stages.get(client.range(Range.prefix("waiter/"))).kvs().stream()
            .filter(kv -> !kv.key().equals(held.key()))
            .findFirst()
            .orElseThrow()
            .lease();
    Stages.get(client.leases().revoke(lease));
    assertThat(Stages.failure(waiting))
        .isInstanceOfSatisfying(
            RecipeException.Lost.class,
            lost -> assertThat(lost.reason()).isEqualTo(LeaseState.Reason.GONE));
    Stages.get(held.release());
  }

  @Test
  void servesInTheOrderOfArrival() {
    Mutex mutex = Mutex.of(client, "fair", LONG_TTL);
    Held first = Stages.get(mutex.acquire());
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    List<CompletionStage<Void>> done = new ArrayList<>();
    for (int i = 0; i < CONTENDERS; i++) {
      int number = i;
      done.add(
          mutex
              .acquire()
              .thenCompose(
                  held -> {
                    order.add(number);
                    return held.release();
                  }));
      awaitKeys("fair", i + 2);
    }
    assertThat(order).isEmpty();
    Stages.get(first.release());
    done.forEach(Stages::get);
    assertThat(order).containsExactlyElementsOf(IntStream.range(0, CONTENDERS).boxed().toList());
  }

  @Test
  void leavesNoKeyBehindWhereItIsGivenUp() {
    Mutex mutex = Mutex.of(client, "gone", LONG_TTL);
    CompletableFuture<Held> atOnce = mutex.acquire().toCompletableFuture();
    assertThat(atOnce.cancel(false)).isTrue();
    Held held = Stages.get(mutex.acquire());
    CompletableFuture<Held> waiting = mutex.acquire().toCompletableFuture();
    CompletionStage<Held> behind = mutex.acquire();
    awaitKeys("gone", 3);
    assertThat(Stages.failure(mutex.acquire(Duration.ofMillis(300))))
        .isInstanceOf(RecipeException.TimedOut.class);
    assertThat(waiting.cancel(false)).isTrue();
    awaitKeys("gone", 2);
    assertThat(behind.toCompletableFuture()).isNotDone();
    Stages.get(held.release());
    Stages.get(Stages.get(behind).release());
    assertThat(keys("gone")).isZero();
  }

  @Test
  void triesWithoutATrace() {
    Mutex mutex = Mutex.of(client, "try", LONG_TTL);
    Held held = Stages.get(mutex.tryAcquire()).orElseThrow();
    long before = Stages.get(client.get(held.key())).orElseThrow().createRevision();
    assertThat(held.fence()).isEqualTo(before);
    assertThat(Stages.get(mutex.tryAcquire())).isEmpty();
    assertThat(keys("try")).isEqualTo(1);
    Stages.get(held.release());
    assertThat(Stages.get(held.lost()).reason()).isEqualTo(LeaseState.Reason.RELEASED);
    Held again = Stages.get(mutex.tryAcquire()).orElseThrow();
    assertThat(again.fence()).isGreaterThan(held.fence());
    Stages.get(again.release());
  }

  @Test
  void resolvesACreationWithoutAnAnswer() throws Exception {
    try (Middleman between = new Middleman(server.clientPort());
        Client through =
            Client.at(between.endpoint())
                .withoutMemberSync()
                .callTimeout(Duration.ofSeconds(2))
                .open()) {
      between.keepAnswerTo("ambiguous/");
      CompletionStage<Held> acquiring = Mutex.of(through, "ambiguous", LONG_TTL).acquire();
      between.awaitKept();
      awaitKeys("ambiguous", 1);
      between.cut();
      between.letPass();
      Held held = Stages.get(acquiring);
      assertThat(Stages.get(client.get(held.key())).orElseThrow().createRevision())
          .isEqualTo(held.fence());
      assertThat(keys("ambiguous")).isEqualTo(1);
      Stages.get(held.release());
    }
  }

  @Test
  void goesOnAfterARestart() throws Exception {
    Path own = Files.createDirectories(folder.resolve("restart"));
    try (ServerProcess other = ServerProcess.start(Servers.underTest(), own, List.of());
        Client restarted = Client.at(other.clientUrl()).open()) {
      Mutex mutex = Mutex.of(restarted, "restart", LONG_TTL);
      Held held = Stages.get(mutex.acquire());
      CompletionStage<Held> waiting = mutex.acquire();
      await()
          .atMost(WITHIN)
          .until(() -> Stages.get(restarted.count(Interval.prefix("restart/"))) == 2);
      other.kill();
      CompletionStage<Held> meanwhile = mutex.acquire();
      other.start();
      assertThat(waiting.toCompletableFuture()).isNotDone();
      assertThat(Stages.get(restarted.txn(write(held, "r", "still"))).succeeded()).isTrue();
      Stages.get(held.release());
      Held next = Stages.get(waiting);
      Stages.get(next.release());
      assertThat(Stages.get(meanwhile).fence()).isGreaterThan(next.fence());
    }
  }

  /** Counts in turns while the leader is killed; what has no answer may have been counted. */
  @Test
  void goesOnWithoutTheLeader() throws Exception {
    Path own = Files.createDirectories(folder.resolve("cluster"));
    List<ServerProcess> members =
        ServerProcess.cluster(MEMBERS, Servers.underTest(), own, List.of());
    try {
      ServerProcess.startAll(members);
      List<String> urls = members.stream().map(ServerProcess::clientUrl).toList();
      try (Client all = Client.at(urls).open()) {
        Turns turns = new Turns(all);
        List<CompletableFuture<Void>> contenders =
            IntStream.range(0, CONTENDERS)
                .mapToObj(i -> CompletableFuture.runAsync(turns, work -> new Thread(work).start()))
                .toList();
        await().atMost(WITHIN).until(() -> turns.fences.size() > CONTENDERS);
        leader(members).kill();
        for (CompletableFuture<Void> contender : contenders) {
          Stages.get(contender);
        }
        turns.check();
      }
    } finally {
      members.forEach(ServerProcess::close);
    }
  }

  private static ServerProcess leader(List<ServerProcess> members) {
    for (ServerProcess member : members) {
      try (EtcdClient plain = new EtcdClient(member.endpoint())) {
        StatusResponse status = plain.call(EtcdClient.STATUS, StatusRequest.getDefaultInstance());
        if (status.getLeader() == status.getHeader().getMemberId()) {
          return member;
        }
      }
    }
    throw new AssertionError("there is no leader");
  }

  /** What each of several contenders does, one at a time. */
  private static final class Turns implements Runnable {
    private final Client client;
    private final List<Long> fences = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicInteger unknown = new AtomicInteger();

    Turns(Client client) {
      this.client = client;
    }

    @Override
    public void run() {
      for (int round = 0; round < ROUNDS; round++) {
        Held held = Stages.get(Mutex.of(client, "turns", LONG_TTL).acquire());
        assertThat(inside.incrementAndGet()).isEqualTo(1);
        fences.add(held.fence());
        int before =
            Stages.get(client.get("turn")).map(kv -> Integer.parseInt(kv.valueText())).orElse(0);
        CompletionStage<Boolean> wrote =
            client
                .txn(write(held, "turn", Integer.toString(before + 1)))
                .handle((answer, failure) -> failure == null && answer.succeeded());
        (Stages.get(wrote) ? done : unknown).incrementAndGet();
        inside.decrementAndGet();
        Stages.get(held.release());
      }
    }

    void check() {
      assertThat(fences).hasSize(CONTENDERS * ROUNDS).isSorted().doesNotHaveDuplicates();
      // At most what was under way at the one kill.
      assertThat(unknown.get()).isLessThanOrEqualTo(1);
      int counted = Integer.parseInt(Stages.get(client.get("turn")).orElseThrow().valueText());
      assertThat(counted).isBetween(done.get(), done.get() + unknown.get());
    }
  }

  @Test
  void sharesLocksWithEtcdctl() throws Exception {
    if (Servers.peer("etcdctl").isEmpty()) {
      Servers.leftOut("etcdctl lock beside the client", "QUORATE_PEERS is not set");
      return;
    }
    Mutex mutex = Mutex.of(client, "shared", LONG_TTL);
    Process holder = etcdctl("holder.txt", "lock", "shared");
    awaitKeys("shared", 1);
    assertThat(Stages.get(mutex.tryAcquire())).isEmpty();
    CompletionStage<Held> waiting = mutex.acquire();
    awaitKeys("shared", 2);
    Process behind = etcdctl("behind.txt", "lock", "shared", "true");
    awaitKeys("shared", 3);
    assertThat(waiting.toCompletableFuture()).isNotDone();
    holder.destroy();
    assertThat(holder.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS)).isTrue();
    Held held = Stages.get(waiting);
    assertThat(behind.isAlive()).isTrue();
    Stages.get(held.release());
    assertThat(behind.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(behind.exitValue()).isZero();
    awaitKeys("shared", 0);
  }

  private static Process etcdctl(String output, String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Servers.peer("etcdctl").orElseThrow().toString());
    command.add("--endpoints=" + server.endpoint());
    command.addAll(List.of(words));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(output).toFile())
        .start();
  }
}
