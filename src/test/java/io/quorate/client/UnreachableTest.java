package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of calls when there is nobody, or somebody who is no member. */
class UnreachableTest {
  private static final Duration CALL = Duration.ofMillis(300);
  private static final Duration LATE = Duration.ofSeconds(8);

  private static Client open(String... endpoints) {
    return Client.at(endpoints).callTimeout(CALL).withoutMemberSync().open();
  }

  @ParameterizedTest
  @EnumSource
  void callsEndInTimeAndSayWhatIsWrong(Deaf.Manner manner) throws IOException {
    try (Deaf deaf = new Deaf(manner);
        Client client = open(deaf.endpoint())) {
      long begin = System.nanoTime();
      List<CompletableFuture<?>> calls =
          List.of(
              client.get("k").toCompletableFuture(),
              client.put("k", "v").toCompletableFuture(),
              client.lease(Duration.ofSeconds(5)).toCompletableFuture(),
              client.cluster().members().toCompletableFuture());
      for (CompletableFuture<?> call : calls) {
        assertThat(Calls.failure(call))
            .isExactlyInstanceOf(ClientException.Unavailable.class)
            .hasMessageContaining(deaf.endpoint());
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(CALL, LATE);
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneMemberIsEnoughWhoeverElseIsThere(Deaf.Manner manner) throws IOException {
    try (Deaf deaf = new Deaf(manner);
        FakeMember member = new FakeMember(new FakeStore());
        Client client = Client.at(deaf.endpoint(), member.endpoint()).withoutMemberSync().open()) {
      for (int i = 0; i < 20; i++) {
        Calls.get(client.put("k", "v"));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CLOSES_AT_ONCE", "SPEAKS_HTTP_1", "SPEAKS_NONSENSE"})
  void dialsAreFewAndDoNotEnd(Deaf.Manner manner) throws IOException {
    try (Deaf deaf = new Deaf(manner);
        Client client = open(deaf.endpoint())) {
      await().during(Duration.ofMillis(100)).atMost(Calls.PATIENCE).until(() -> deaf.dials() >= 7);
      assertThat(deaf.dials()).isLessThan(12);
      assertThat(client).isNotNull();
    }
  }

  @Test
  void memberThatComesBackIsFoundSoon() {
    try (FakeMember member = new FakeMember(new FakeStore());
        Link link = new Link(member)) {
      link.become(Link.Mode.REFUSE);
      try (Client client =
          Client.at(link.endpoint()).withoutMemberSync().callTimeout(Calls.PATIENCE).open()) {
        await().atMost(Duration.ofSeconds(20)).until(() -> link.dials() >= 7);
        link.become(Link.Mode.PASS);
        int before = link.dials();
        Calls.get(client.get("k"));
        // The first dial that gets through is enough; one may have been under way.
        assertThat(link.dials()).isLessThanOrEqualTo(before + 2);
      }
    }
  }

  @Test
  void memberThatSaidNothingAtFirstIsTriedAgain() {
    try (FakeMember member = new FakeMember(new FakeStore());
        Link link = new Link(member)) {
      link.become(Link.Mode.HOLD);
      try (Client client =
          Client.at(link.endpoint()).withoutMemberSync().callTimeout(Calls.PATIENCE).open()) {
        await().atMost(Duration.ofSeconds(20)).until(() -> link.dials() >= 2);
        link.become(Link.Mode.PASS);
        Calls.get(client.get("k"));
      }
    }
  }

  @Test
  void halfDeadMemberIsLeftAndReadsGoOn() {
    FakeStore store = new FakeStore();
    try (FakeMember one = new FakeMember(store);
        FakeMember two = new FakeMember(store);
        Link link = new Link(one);
        Client client =
            Client.at(link.endpoint(), two.endpoint())
                .withoutMemberSync()
                .attemptTimeout(Duration.ofSeconds(1))
                .open()) {
      await().until(() -> one.health().listeners() + two.health().listeners() == 2);
      link.become(Link.Mode.HOLD);
      long begin = System.nanoTime();
      IntStream.range(0, 50).forEach(i -> Calls.get(client.get("k")));
      // A second for the first one; every other one of them would make it 25.
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(12));
    }
  }

  @Test
  void moreCallsThanMayWaitAreRefusedAtOnce() throws IOException {
    try (Deaf deaf = new Deaf(Deaf.Manner.REFUSES);
        Client client = Client.at(deaf.endpoint()).callTimeout(Duration.ofSeconds(60)).open()) {
      for (int i = 0; i < 20_000; i++) {
        assertThat(client.get("k")).isNotNull();
      }
      assertThat(Calls.failure(client.get("k")))
          .isExactlyInstanceOf(ClientException.Unavailable.class)
          .hasMessageContaining("20000 calls wait already")
          .hasMessageContaining(deaf.endpoint());
    }
  }

  @Test
  void callsThatWereGivenUpMakeRoomForOthers() throws IOException {
    try (Deaf deaf = new Deaf(Deaf.Manner.REFUSES);
        Client client = Client.at(deaf.endpoint()).callTimeout(Duration.ofSeconds(60)).open()) {
      for (int i = 0; i < 20_000; i++) {
        client.get("k").toCompletableFuture().cancel(true);
      }
      CompletableFuture<?> last = client.get("k").toCompletableFuture();
      await().during(Duration.ofMillis(200)).until(() -> !last.isDone());
    }
  }
}
