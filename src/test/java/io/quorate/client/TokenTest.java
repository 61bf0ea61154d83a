package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.base.EtcdError;
import io.quorate.client.wire.Methods;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls of a user. */
class TokenTest {
  private final FakeStore store = new FakeStore();
  private final FakeMember member = new FakeMember(store);

  @AfterEach
  void close() {
    member.close();
  }

  private Client open(Duration callTimeout) {
    store.requireTokens();
    return Client.at(member.endpoint()).user("alice", "secret").callTimeout(callTimeout).open();
  }

  @Test
  void firstCallsWaitForOneToken() {
    try (Client client = open(Duration.ofSeconds(10))) {
      List<? extends CompletionStage<?>> calls =
          IntStream.range(0, 200).mapToObj(i -> client.put("k" + i, "v")).toList();
      calls.forEach(Calls::get);
      assertThat(member.count(Methods.AUTHENTICATE)).isEqualTo(1);
      assertThat(member.strangers()).isZero();
    }
  }

  @Test
  void oneNewTokenIsAskedForByManyCallsThatFindTheirsTooOld() {
    try (Client client = open(Duration.ofSeconds(10))) {
      Calls.get(client.put("k", "v"));
      store.requireTokens();
      List<? extends CompletionStage<?>> calls =
          IntStream.range(0, 1_000).mapToObj(i -> client.put("k" + i, "v")).toList();
      calls.forEach(Calls::get);
      assertThat(member.count(Methods.AUTHENTICATE)).isEqualTo(2);
      assertThat(store.revision()).isEqualTo(1_002);
    }
  }

  @Test
  void oneThatIsToldLateThatItsTokenIsTooOldTakesTheNewOne() {
    try (Client client = open(Duration.ofSeconds(10))) {
      Calls.get(client.put("k", "v"));
      CompletableFuture<Void> gate = new CompletableFuture<>();
      member.on(Methods.PUT, call -> gate.thenRun(() -> call.fail(EtcdError.INVALID_AUTH_TOKEN)));
      CompletionStage<?> late = client.put("late", "v");
      await().until(() -> member.count(Methods.PUT) == 2);
      member.behave(Methods.PUT);
      store.requireTokens();
      Calls.get(client.put("early", "v"));
      gate.complete(null);
      Calls.get(late);
      assertThat(member.count(Methods.AUTHENTICATE)).isEqualTo(2);
    }
  }

  @Test
  void wrongPasswordIsToldToEachCall() {
    member.on(Methods.AUTHENTICATE, call -> call.fail(EtcdError.AUTH_FAILED));
    try (Client client = open(Duration.ofSeconds(10))) {
      for (int i = 0; i < 3; i++) {
        assertThat(Calls.failure(client.get("k")))
            .isExactlyInstanceOf(ClientException.Refused.class)
            .hasMessage(EtcdError.AUTH_FAILED.text());
      }
    }
  }

  @Test
  void tokenThatIsNeverGoodEndsTheCall() {
    member.on(Methods.RANGE, call -> call.fail(EtcdError.INVALID_AUTH_TOKEN));
    try (Client client = open(Duration.ofSeconds(10))) {
      assertThat(Calls.failure(client.get("k")))
          .isExactlyInstanceOf(ClientException.Refused.class)
          .hasMessage(EtcdError.INVALID_AUTH_TOKEN.text());
      assertThat(member.count(Methods.AUTHENTICATE)).isLessThan(5);
    }
  }

  @Test
  void callEndsInTimeThoughItsTokenTakesAllOfIt() {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    member.on(Methods.AUTHENTICATE, call -> gate.thenRun(call::answer));
    member.on(Methods.RANGE, call -> {});
    Duration most = Duration.ofMillis(1_500);
    try (Client client = open(most)) {
      long begin = System.nanoTime();
      CompletionStage<?> call = client.get("k");
      await().until(() -> System.nanoTime() - begin > Duration.ofSeconds(1).toNanos());
      gate.complete(null);
      assertThat(Calls.failure(call)).isExactlyInstanceOf(ClientException.Unavailable.class);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(2_200));
    }
  }

  @Test
  void callThatWaitsForItsTokenCanBeGivenUp() {
    member.on(Methods.AUTHENTICATE, call -> {});
    try (Client client = open(Duration.ofSeconds(10))) {
      CompletableFuture<?> call = client.put("k", "v").toCompletableFuture();
      await().until(() -> member.count(Methods.AUTHENTICATE) == 1);
      assertThat(call.cancel(true)).isTrue();
      member.behave(Methods.AUTHENTICATE);
      Calls.get(client.get("k"));
      assertThat(member.count(Methods.PUT)).isZero();
    }
  }

  @Test
  void watchIsOpenedWithTheNewToken() {
    try (Client client = open(Duration.ofSeconds(10))) {
      member.refuseWatches = EtcdError.INVALID_AUTH_TOKEN.text();
      Told<WatchSignal> told = new Told<>(Long.MAX_VALUE);
      client.watch(Watch.of("k")).subscribe(told);
      await().until(() -> member.count(Methods.AUTHENTICATE) >= 2);
      member.refuseWatches = "";
      await().until(() -> !told.items().isEmpty());
      assertThat(told.isOver()).isFalse();
    }
  }
}
