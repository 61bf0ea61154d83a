package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.base.EtcdError;
import io.quorate.client.wire.Methods;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a call is to the program that made it. */
class CallsTest {
  private final FakeStore store = new FakeStore();
  private final FakeMember member = new FakeMember(store);
  private final Client client =
      Client.at(member.endpoint()).callTimeout(Duration.ofSeconds(20)).open();

  @AfterEach
  void close() {
    client.close();
    member.close();
  }

  @Test
  void callThatIsCancelledIsCancelledOnTheWire() {
    member.on(Methods.RANGE, call -> {});
    member.on(Methods.PUT, call -> {});
    List<CompletableFuture<?>> calls =
        List.of(client.get("k").toCompletableFuture(), client.put("k", "v").toCompletableFuture());
    await().until(() -> member.count(Methods.RANGE) + member.count(Methods.PUT) == 2);
    calls.forEach(call -> call.cancel(true));
    await().until(() -> member.cancelled() == 2);
  }

  @Test
  void callThatIsGivenUpInAnotherWayIsCancelledOnTheWireToo() {
    member.on(Methods.RANGE, call -> {});
    CompletableFuture<?> late = client.get("k").toCompletableFuture();
    await().until(() -> member.count(Methods.RANGE) == 1);
    assertThat(Calls.failure(late.orTimeout(50, TimeUnit.MILLISECONDS)))
        .isInstanceOf(TimeoutException.class);
    await().until(() -> member.cancelled() == 1);
    CompletableFuture<?> failed = client.get("k").toCompletableFuture();
    CompletableFuture<?> done = client.get("k").toCompletableFuture();
    await().until(() -> member.count(Methods.RANGE) == 3);
    failed.completeExceptionally(new IllegalStateException());
    done.complete(null);
    await().until(() -> member.cancelled() == 3);
  }

  @Test
  void leaseThatNobodyWaitsForIsNotKept() {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    member.on(Methods.LEASE_GRANT, call -> gate.thenRun(call::answer));
    CompletableFuture<?> given = client.lease(Duration.ofSeconds(1)).toCompletableFuture();
    await().until(() -> member.count(Methods.LEASE_GRANT) == 1);
    given.completeExceptionally(new IllegalStateException());
    gate.complete(null);
    Lease kept = Calls.get(client.lease(Duration.ofSeconds(1)));
    await().until(() -> store.lease(kept.id() - 1) == null);
    assertThat(kept.isHeld()).isTrue();
  }

  private <T> Throwable joinedInside(Function<Client, CompletionStage<T>> other) {
    // Answered only when it is said what follows: otherwise that runs on the thread of the test.
    CompletableFuture<Void> gate = new CompletableFuture<>();
    member.on(Methods.DELETE, call -> gate.thenRun(call::answer));
    CompletionStage<T> inside =
        client.delete("x").thenApply(gone -> other.apply(client).toCompletableFuture().join());
    gate.complete(null);
    return Calls.failure(inside);
  }

  @Test
  void threadOfClientDoesNotWaitForItself() {
    Lease lease = Calls.get(client.lease(Duration.ofSeconds(60)));
    Calls.get(client.get("k"));
    List<Function<Client, CompletionStage<?>>> waits =
        List.of(
            other -> other.get("k"),
            other -> other.put("k", "v").thenApply(put -> 1),
            other -> other.lease(Duration.ofSeconds(5)).thenCompose(Lease::revoke),
            other -> lease.lost(),
            other -> lease.revoke(),
            other -> other.get("k").thenCombine(other.get("k"), (a, b) -> a));
    for (Function<Client, CompletionStage<?>> wait : waits) {
      assertThat(joinedInside(wait::apply)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void callbackThatThrowsHarmsNobodyElse() {
    List<CompletableFuture<?>> calls =
        IntStream.range(0, 100)
            .<CompletableFuture<?>>mapToObj(
                i ->
                    client
                        .get("k")
                        .<Object>thenApply(
                            kv -> {
                              if (i % 2 == 0) {
                                throw new AssertionError("thrown by a test");
                              }
                              return kv;
                            })
                        .toCompletableFuture())
            .toList();
    for (int i = 0; i < 100; i++) {
      if (i % 2 == 0) {
        assertThat(Calls.failure(calls.get(i))).isInstanceOf(AssertionError.class);
      } else {
        Calls.get(calls.get(i));
      }
    }
  }

  @Test
  void stageFailsWithReasonItselfAndJoinWrapsIt() {
    member.on(Methods.RANGE, call -> call.fail(EtcdError.COMPACTED));
    CompletionStage<?> stage = client.get("k");
    assertThat(Calls.failure(stage)).isExactlyInstanceOf(ClientException.Compacted.class);
    CompletableFuture<Throwable> seen = new CompletableFuture<>();
    stage.whenComplete((value, why) -> seen.complete(why));
    assertThat(Calls.get(seen)).isExactlyInstanceOf(ClientException.Compacted.class);
    assertThat(Calls.failure(stage.thenApply(value -> value)).getClass())
        .isIn(ClientException.Compacted.class, CompletionException.class);
  }

  @Test
  void revokingWhatIsGoneIsNoFailure() {
    assertThat(Calls.get(client.leases().revoke(77))).isNull();
    member.on(Methods.LEASE_REVOKE, call -> call.fail(EtcdError.PERMISSION_DENIED));
    assertThat(Calls.failure(client.leases().revoke(77)))
        .isExactlyInstanceOf(ClientException.Refused.class);
  }

  @Test
  void streamReadsAsItIsAskedTo() {
    store.putAll(IntStream.range(0, 5_000).mapToObj(i -> "k%05d".formatted(i)).toList(), "v");
    Told<KeyValue> told = new Told<>(10);
    client.stream(Range.prefix("k")).subscribe(told);
    await().until(() -> told.items().size() == 10);
    int asked = member.count(Methods.RANGE);
    assertThat(asked).isEqualTo(1);
    told.request(Long.MAX_VALUE);
    await().until(told::isComplete);
    assertThat(told.items())
        .hasSize(5_000)
        .isSortedAccordingTo((a, b) -> a.key().compareTo(b.key()));
    assertThat(member.count(Methods.RANGE)).isBetween(3, 8);
  }

  @Test
  void streamTellsEachKeyOnceToWhoeverTakesThemAtOnce() {
    List<String> keys = IntStream.range(0, 5_000).mapToObj(i -> "k%05d".formatted(i)).toList();
    store.putAll(keys, "v");
    Told<KeyValue> told = new Told<>(Long.MAX_VALUE);
    client.stream(Range.prefix("k")).subscribe(told);
    await().until(told::isComplete);
    assertThat(told.items()).extracting(KeyValue::keyText).isEqualTo(keys);
  }

  @Test
  void streamIsOfOneRevisionThoughKeysAreWrittenMeanwhile() {
    store.putAll(IntStream.range(0, 300).mapToObj(i -> "k%05d".formatted(i)).toList(), "old");
    Told<KeyValue> told = new Told<>(1);
    client.stream(Range.prefix("k")).subscribe(told);
    await().until(() -> told.items().size() == 1);
    store.putAll(IntStream.range(100, 600).mapToObj(i -> "k%05d".formatted(i)).toList(), "new");
    told.request(Long.MAX_VALUE);
    await().until(told::isComplete);
    assertThat(told.items()).hasSize(300).allMatch(kv -> kv.valueText().equals("old"));
  }

  @Test
  void streamKeepsToItsLimit() {
    store.putAll(IntStream.range(0, 1_000).mapToObj(i -> "k%05d".formatted(i)).toList(), "v");
    for (int limit : new int[] {1, 63, 64, 65, 500, 2_000}) {
      Told<KeyValue> told = new Told<>(Long.MAX_VALUE);
      client.stream(Range.prefix("k").limit(limit)).subscribe(told);
      await().until(told::isComplete);
      assertThat(told.items()).hasSize(Math.min(limit, 1_000));
    }
  }

  @Test
  void serializableStreamGoesOnThoughTheNextMemberLags() {
    store.putAll(IntStream.range(0, 300).mapToObj(i -> "k%05d".formatted(i)).toList(), "v");
    try (FakeMember other = new FakeMember(store);
        Client both =
            Client.at(member.endpoint(), other.endpoint())
                .callTimeout(Duration.ofSeconds(5))
                .open()) {
      await().until(() -> other.health().listeners() == 2 || other.health().listeners() == 1);
      for (int i = 0; i < 10; i++) {
        long before = store.revision();
        other.known = before;
        store.put("k%05d".formatted(i), "w");
        Told<KeyValue> told = new Told<>(Long.MAX_VALUE);
        both.stream(Range.prefix("k").serializable()).subscribe(told);
        await().until(told::isOver);
        assertThat(told.failure()).isNull();
        assertThat(told.items()).hasSize(300);
      }
    }
  }
}
