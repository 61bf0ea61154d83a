package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.quorate.base.EtcdError;
import io.quorate.client.wire.Methods;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which member is asked, and what becomes of calls when one of them fails. */
class FailoverTest {
  private final FakeStore store = new FakeStore();
  private final FakeMember one = new FakeMember(store);
  private final FakeMember two = new FakeMember(store);
  private final FakeMember three = new FakeMember(store);
  private final List<FakeMember> all = List.of(one, two, three);
  private final Client client =
      Client.at(all.stream().map(FakeMember::endpoint).toList())
          .callTimeout(Duration.ofSeconds(5))
          .attemptTimeout(Duration.ofMillis(300))
          .open();

  @AfterEach
  void close() {
    client.close();
    all.forEach(FakeMember::close);
  }

  private void awaitConnected() {
    await().until(() -> all.stream().allMatch(member -> member.health().listeners() == 1));
    get(30);
  }

  private void get(int times) {
    IntStream.range(0, times).forEach(i -> Calls.get(client.get("k")));
  }

  private int[] counts() {
    return all.stream().mapToInt(member -> member.count(Methods.RANGE)).toArray();
  }

  private int puts() {
    return all.stream().mapToInt(member -> member.count(Methods.PUT)).sum();
  }

  @Test
  void askMembersInTurn() {
    awaitConnected();
    int[] before = counts();
    get(30);
    int[] after = counts();
    for (int i = 0; i < after.length; i++) {
      assertThat(after[i] - before[i]).isEqualTo(10);
    }
  }

  @Test
  void readsGoOnElsewhereWhenMemberHasNoLeader() {
    awaitConnected();
    one.on(Methods.RANGE, call -> call.fail(EtcdError.NO_LEADER));
    one.on(Methods.MEMBER_LIST, call -> call.fail(EtcdError.NO_LEADER));
    get(30);
    int asked = one.count(Methods.RANGE);
    get(30);
    assertThat(one.count(Methods.RANGE)).isEqualTo(asked);
  }

  @Test
  void membersComeBackWhenTheyAreWell() {
    awaitConnected();
    one.on(Methods.RANGE, call -> call.fail(EtcdError.NO_LEADER));
    one.on(Methods.MEMBER_LIST, call -> call.fail(EtcdError.NO_LEADER));
    get(10);
    one.behave(Methods.RANGE);
    one.behave(Methods.MEMBER_LIST);
    int asked = one.count(Methods.RANGE);
    await()
        .until(
            () -> {
              get(3);
              return one.count(Methods.RANGE) > asked;
            });
  }

  @Test
  void silentMembersAreLeftAfterOneAttempt() {
    awaitConnected();
    one.on(Methods.RANGE, call -> {});
    one.on(Methods.MEMBER_LIST, call -> {});
    int asked = one.count(Methods.RANGE);
    get(30);
    assertThat(one.count(Methods.RANGE)).isEqualTo(asked + 1);
    await().until(() -> one.cancelled() >= 1);
  }

  @Test
  void membersThatDoNotServeAreNotAsked() {
    awaitConnected();
    one.health().serves(false);
    await()
        .until(
            () -> {
              int before = one.count(Methods.RANGE);
              get(6);
              return one.count(Methods.RANGE) == before;
            });
    one.health().serves(true);
    int before = one.count(Methods.RANGE);
    await()
        .until(
            () -> {
              get(3);
              return one.count(Methods.RANGE) > before;
            });
  }

  @Test
  void learnersAreNotAsked() {
    try (FakeMember learner = new FakeMember(store)) {
      learner.isLearner = true;
      try (Client other =
          Client.at(learner.endpoint(), one.endpoint()).withoutMemberSync().open()) {
        await().until(() -> learner.count(Methods.MEMBER_LIST) > 0);
        for (int i = 0; i < 10; i++) {
          Calls.get(other.get("k"));
        }
        assertThat(learner.count(Methods.RANGE)).isZero();
      }
    }
  }

  @Test
  void membersOfOtherClustersAreNotAsked() {
    awaitConnected();
    try (FakeMember stranger = new FakeMember(store)) {
      stranger.cluster = 0xbad;
      one.on(Methods.MEMBER_LIST, FakeMember.Call::answer);
      try (Client other = Client.at(one.endpoint()).open()) {
        Calls.get(other.get("k"));
        await().until(() -> stranger.count(Methods.MEMBER_LIST) > 0);
        for (int i = 0; i < 10; i++) {
          Calls.get(other.get("k"));
        }
        assertThat(stranger.count(Methods.RANGE)).isZero();
      }
    }
  }

  @Test
  void callsWaitForGracefulEndOfMember() {
    awaitConnected();
    one.goAway();
    get(60);
    for (int i = 0; i < 30; i++) {
      Calls.get(client.put("k", "v" + i));
    }
    assertThat(store.revision()).isEqualTo(31);
    assertThat(puts()).isEqualTo(30);
  }

  @Test
  void refusedWritesEndWithTextOfMember() {
    awaitConnected();
    all.forEach(member -> member.on(Methods.PUT, call -> call.fail(EtcdError.PERMISSION_DENIED)));
    assertThat(Calls.failure(client.put("k", "v")))
        .isExactlyInstanceOf(ClientException.Refused.class)
        .hasMessage("etcdserver: permission denied");
    assertThat(puts()).isEqualTo(1);
  }

  @Test
  void writesOfUnknownFateAreSentOnce() {
    awaitConnected();
    all.forEach(
        member ->
            member.on(
                Methods.PUT,
                call -> {
                  call.perform();
                  call.fail(Status.UNAVAILABLE.withDescription("etcdserver: request timed out"));
                }));
    assertThat(Calls.failure(client.put("k", "v")))
        .isExactlyInstanceOf(ClientException.Ambiguous.class);
    assertThat(puts()).isEqualTo(1);
    assertThat(store.revision()).isEqualTo(2);
  }

  @Test
  void unansweredWritesEndAmbiguousInTime() {
    awaitConnected();
    try (Client hasty =
        Client.at(one.endpoint())
            .withoutMemberSync()
            .callTimeout(Duration.ofMillis(400))
            .attemptTimeout(Duration.ofMillis(100))
            .open()) {
      Calls.get(hasty.get("k"));
      one.on(Methods.PUT, FakeMember.Call::perform);
      long begin = System.nanoTime();
      assertThat(Calls.failure(hasty.put("k", "v")))
          .isExactlyInstanceOf(ClientException.Ambiguous.class);
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isBetween(Duration.ofMillis(390), Duration.ofSeconds(8));
      assertThat(puts()).isEqualTo(1);
      await().until(() -> one.cancelled() == 1);
    }
  }

  @Test
  void healthIsFollowedAgainAfterHiccup() {
    awaitConnected();
    one.on(Methods.RANGE, call -> {});
    one.on(Methods.MEMBER_LIST, call -> {});
    get(3);
    await().until(() -> one.health().listeners() == 0);
    one.behave(Methods.RANGE);
    one.behave(Methods.MEMBER_LIST);
    await().atMost(Duration.ofSeconds(5)).until(() -> one.health().listeners() == 1);
  }
}
