package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PooledByteBufAllocator;
import io.quorate.client.wire.Methods;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of everything when a client is closed. */
class ClosingTest {
  private static final int MANY = 1_000;

  private final FakeStore store = new FakeStore();
  private final FakeMember member = new FakeMember(store);

  @AfterEach
  void close() {
    member.close();
  }

  private Client open() {
    return Client.at(member.endpoint())
        .callTimeout(Duration.ofSeconds(60))
        .attemptTimeout(Duration.ofSeconds(60))
        .open();
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("quorate-client"))
        .count();
  }

  private static long pinned() {
    return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory()
        + PooledByteBufAllocator.DEFAULT.pinnedHeapMemory();
  }

  @Test
  void everythingUnderWayEndsWithReasonAndNothingStays() {
    member.on(Methods.RANGE, call -> {});
    member.on(Methods.PUT, call -> {});
    Client client = open();
    List<CompletionStage<?>> calls = new ArrayList<>();
    List<Told<?>> told = new ArrayList<>();
    List<Lease> leases = new ArrayList<>();
    List<CompletionStage<Lease>> granted =
        IntStream.range(0, MANY).mapToObj(i -> client.lease(Duration.ofSeconds(30))).toList();
    for (int i = 0; i < MANY; i++) {
      leases.add(Calls.get(granted.get(i)));
      calls.add(client.get("k" + i));
      calls.add(client.put("k" + i, "v"));
      told.add(subscribe(client.watch(Watch.of("k" + i))));
      told.add(subscribe(client.stream(Range.prefix("k"))));
      told.add(subscribe(leases.get(i).states()));
    }
    await().until(() -> member.watches().size() == MANY);
    client.close();
    assertThat(threads()).isZero();
    for (CompletionStage<?> call : calls) {
      assertThat(Calls.failure(call)).isExactlyInstanceOf(ClientException.Closed.class);
    }
    for (Lease lease : leases) {
      assertThat(Calls.get(lease.lost()).reason()).isEqualTo(LeaseState.Reason.CLOSED);
      assertThat(lease.isHeld()).isFalse();
    }
    await().until(() -> told.stream().allMatch(Told::isOver));
    assertThat(told).noneMatch(Told::isBroken);
    assertThat(told)
        .allMatch(one -> one.isComplete() || one.failure() instanceof ClientException.Closed);
    await().until(() -> member.connections() == 0);
    await().untilAsserted(() -> assertThat(pinned()).isZero());
  }

  private static <T> Told<T> subscribe(java.util.concurrent.Flow.Publisher<T> publisher) {
    Told<T> told = new Told<>(Long.MAX_VALUE);
    publisher.subscribe(told);
    return told;
  }

  @Test
  void noThreadIsLeftWhenCloseReturns() {
    for (int round = 0; round < 100; round++) {
      Client client = open();
      Calls.get(client.get("k"));
      client.close();
      assertThat(threads()).isZero();
    }
  }

  @Test
  void whatBeginsAfterwardsEndsAtOnce() {
    Client client = open();
    Lease lease = Calls.get(client.lease(Duration.ofSeconds(30)));
    client.close();
    client.close();
    assertThat(Calls.failure(client.get("k"))).isExactlyInstanceOf(ClientException.Closed.class);
    assertThat(Calls.failure(client.put("k", "v")))
        .isExactlyInstanceOf(ClientException.Closed.class);
    assertThat(Calls.failure(client.lease(Duration.ofSeconds(30))))
        .isExactlyInstanceOf(ClientException.Closed.class);
    assertThat(Calls.failure(lease.revoke())).isExactlyInstanceOf(ClientException.Closed.class);
    Told<?> watch = subscribe(client.watch(Watch.of("k")));
    Told<?> stream = subscribe(client.stream(Range.of("k")));
    assertThat(watch.failure()).isExactlyInstanceOf(ClientException.Closed.class);
    assertThat(stream.failure()).isExactlyInstanceOf(ClientException.Closed.class);
  }

  @Test
  void callsOfOtherThreadsEndWhileItIsClosed() throws InterruptedException {
    for (int round = 0; round < 3; round++) {
      Client client = open();
      Calls.get(client.get("k"));
      List<CompletionStage<?>> calls = new ArrayList<>();
      CountDownLatch begun = new CountDownLatch(200);
      Thread calling =
          new Thread(
              () -> {
                for (int i = 0; i < 1_000; i++) {
                  calls.add(client.put("k", "v"));
                  calls.add(client.lease(Duration.ofSeconds(30)).thenCompose(Lease::lost));
                  begun.countDown();
                }
              });
      calling.start();
      begun.await();
      client.close();
      calling.join();
      for (CompletionStage<?> call : calls) {
        CompletableFuture<?> over = call.handle((value, why) -> 1).toCompletableFuture();
        assertThat(Calls.get(over)).isEqualTo(1);
      }
    }
  }

  @Test
  void closeInCallbackEndsEverythingToo() {
    Client client = open();
    Told<?> watch = subscribe(client.watch(Watch.of("k")));
    Calls.get(client.get("k").thenRun(client::close));
    await().until(watch::isOver);
    await().until(() -> threads() == 0 && member.connections() == 0);
  }

  @Test
  void closeReturnsThoughCallbackBlocks() {
    Client client = open();
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch inside = new CountDownLatch(1);
    // Answered only when it is said what follows: otherwise that runs on the thread of the test.
    CompletableFuture<Void> asked = new CompletableFuture<>();
    member.on(Methods.DELETE, call -> asked.thenRun(call::answer));
    CompletionStage<?> blocked =
        client
            .delete("x")
            .thenAccept(
                gone -> {
                  inside.countDown();
                  awaitLatch(gate);
                });
    asked.complete(null);
    awaitLatch(inside);
    CompletableFuture<?> other = client.get("k").toCompletableFuture();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(client::close);
    try {
      await().atMost(Duration.ofSeconds(8)).until(closing::isDone);
    } finally {
      gate.countDown();
    }
    Calls.get(blocked);
    assertThat(Calls.failure(other)).isExactlyInstanceOf(ClientException.Closed.class);
    await().until(() -> threads() == 0);
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void closeBeforeAnythingIsConnectedIsQuick() throws IOException {
    try (Deaf deaf = new Deaf(Deaf.Manner.SAYS_NOTHING)) {
      Client client = Client.at(deaf.endpoint()).open();
      CompletionStage<?> call = client.get("k");
      long begin = System.nanoTime();
      client.close();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
      assertThat(Calls.failure(call)).isExactlyInstanceOf(ClientException.Closed.class);
    }
  }
}
