package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.quorate.base.EtcdError;
import io.quorate.client.Maintenance.Alarm;
import io.quorate.client.Maintenance.Hash;
import io.quorate.client.wire.Method;
import io.quorate.client.wire.Methods;
import io.quorate.proto.etcd.AlarmMember;
import io.quorate.proto.etcd.AlarmType;
import io.quorate.proto.etcd.MemberListRequest;
import io.quorate.proto.etcd.StatusResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The calls about members, who is asked them, and what becomes of them when one fails. */
class MaintenanceTest {
  private static final Duration CALL = Duration.ofMillis(500);
  private static final Alarm NOSPACE = new Alarm(0xff00_0000_0000_0001L, Alarm.Type.NOSPACE);

  private final FakeStore store = new FakeStore();
  private final FakeMember one = new FakeMember(store);
  private final FakeMember two = new FakeMember(store);
  private final Client client =
      Client.at(one.endpoint()).withoutMemberSync().callTimeout(Duration.ofSeconds(5)).open();

  @AfterEach
  void close() {
    client.close();
    one.close();
    two.close();
  }

  private static Client open(FakeMember... members) {
    return Client.at(List.of(members).stream().map(FakeMember::endpoint).toList())
        .withoutMemberSync()
        .callTimeout(CALL)
        .open();
  }

  private static AlarmMember message(Alarm alarm, int type) {
    return AlarmMember.newBuilder().setMemberID(alarm.memberId()).setAlarmValue(type).build();
  }

  @Test
  void statusSaysWhatTheMemberSays() {
    one.maintenance().status =
        StatusResponse.newBuilder()
            .setVersion("3.7.3")
            .setIsLearner(true)
            .setLeader(one.id())
            .setRaftTerm(3)
            .setRaftIndex(20)
            .setRaftAppliedIndex(19)
            .setDbSize(4096)
            .setDbSizeInUse(2048)
            .addErrors("alarm:NOSPACE")
            .build();
    store.put("k", "v");
    Maintenance.Status status = Calls.get(client.maintenance().status());
    assertThat(status)
        .isEqualTo(
            new Maintenance.Status(
                one.id(),
                "3.7.3",
                true,
                new Maintenance.Raft(one.id(), 3, 20, 19),
                new Maintenance.Db(4096, 2048),
                List.of("alarm:NOSPACE"),
                2));
    assertThat(status.hasLeader()).isTrue();
    assertThat(status.isLeader()).isTrue();
  }

  /** As a member does that has lost its leader. */
  private static void loseLeader(FakeMember member) {
    member.on(
        Methods.MEMBER_LIST,
        call -> {
          if (((MemberListRequest) call.request).getLinearizable()) {
            call.fail(EtcdError.NO_LEADER);
          } else {
            call.answer();
          }
        });
    member.on(Methods.RANGE, call -> call.fail(EtcdError.NO_LEADER));
  }

  @Test
  void memberWithoutLeaderTellsItsStatus() {
    loseLeader(one);
    one.health().serves(false);
    try (Client other = open(one)) {
      assertThat(Calls.failure(other.get("k"))).isInstanceOf(ClientException.Unavailable.class);
      Maintenance.Status status = Calls.get(other.maintenance().status());
      assertThat(status.memberId()).isEqualTo(one.id());
      assertThat(status.hasLeader()).isFalse();
      assertThat(status.isLeader()).isFalse();
    }
  }

  @Test
  void memberThatWasSuspectedTellsItsStatus() {
    loseLeader(one);
    try (Client other = open(one)) {
      assertThat(Calls.failure(other.get("k"))).isInstanceOf(ClientException.Unavailable.class);
      assertThat(Calls.get(other.maintenance().status()).memberId()).isEqualTo(one.id());
    }
  }

  @Test
  void memberThatAnswersNothingElseTellsItsStatus() {
    one.on(Methods.MEMBER_LIST, call -> call.fail(EtcdError.NOT_SUPPORTED_FOR_LEARNER));
    try (Client other = open(one)) {
      assertThat(Calls.get(other.maintenance().status()).memberId()).isEqualTo(one.id());
      assertThat(Calls.failure(other.maintenance().hashKv(0)))
          .isInstanceOf(ClientException.Unavailable.class)
          .hasMessageContaining(EtcdError.NOT_SUPPORTED_FOR_LEARNER.text());
      assertThat(one.count(Methods.HASH_KV)).isZero();
    }
  }

  @Test
  void learnerTellsItsStatus() {
    one.isLearner = true;
    try (Client other = open(one)) {
      await().until(() -> one.count(Methods.MEMBER_LIST) >= 2);
      assertThat(Calls.get(other.maintenance().status()).memberId()).isEqualTo(one.id());
      assertThat(Calls.failure(other.get("k"))).isInstanceOf(ClientException.Unavailable.class);
    }
  }

  @Test
  void statusWaitsForAConnection() {
    try (Link link = new Link(one)) {
      link.become(Link.Mode.REFUSE);
      one.on(Methods.MEMBER_LIST, call -> call.fail(EtcdError.NOT_SUPPORTED_FOR_LEARNER));
      try (Client other =
          Client.at(link.endpoint()).withoutMemberSync().callTimeout(Calls.PATIENCE).open()) {
        CompletionStage<Maintenance.Status> status = other.maintenance().status();
        await().until(() -> link.dials() >= 2);
        link.become(Link.Mode.PASS);
        assertThat(Calls.get(status).memberId()).isEqualTo(one.id());
      }
    }
  }

  @Test
  void membersOfOtherClustersAreNotAskedForTheirStatus() {
    two.cluster = 0xbad;
    two.on(Methods.MEMBER_LIST, call -> {});
    try (Client other = open(one, two)) {
      await().until(() -> one.health().listeners() == 2);
      int held = two.count(Methods.MEMBER_LIST);
      two.behave(Methods.MEMBER_LIST);
      // The next answer is asked for when the one before is judged.
      await().until(() -> two.count(Methods.MEMBER_LIST) >= held + 3);
      one.close();
      await()
          .untilAsserted(
              () ->
                  assertThat(Calls.failure(other.maintenance().status()))
                      .isInstanceOf(ClientException.Unavailable.class)
                      .hasMessageContaining("it belongs to cluster bad"));
      assertThat(two.count(Methods.STATUS)).isZero();
    }
  }

  @Test
  void fitMembersAreAskedForTheirStatusBeforeOthers() {
    two.isLearner = true;
    try (Client other = open(one, two)) {
      await().until(() -> two.count(Methods.MEMBER_LIST) >= 2 && one.health().listeners() == 2);
      for (int i = 0; i < 10; i++) {
        assertThat(Calls.get(other.maintenance().status()).memberId()).isEqualTo(one.id());
      }
    }
  }

  @Test
  void hashIsUnsignedAndOfTheRevisionThatWasAsked() {
    one.maintenance().hash = -2;
    assertThat(Calls.get(client.maintenance().hashKv(7)))
        .isEqualTo(new Hash(0xffff_fffeL, 7, 0, 1));
  }

  @Test
  void hashOfWhatIsCompactedIsTypedAsThat() {
    one.on(Methods.HASH_KV, call -> call.fail(EtcdError.COMPACTED));
    assertThat(Calls.failure(client.maintenance().hashKv(1)))
        .isInstanceOf(ClientException.Compacted.class);
  }

  @Test
  void memberWithoutLeaderTellsItsHash() {
    loseLeader(one);
    one.health().serves(false);
    try (Client other = open(one)) {
      assertThat(Calls.failure(other.get("k"))).isInstanceOf(ClientException.Unavailable.class);
      assertThat(Calls.get(other.maintenance().hashKv(1)).hashRevision()).isEqualTo(1);
    }
  }

  @Test
  void alarmsAreReadAtAnotherMemberWhenOneFails() {
    one.on(Methods.ALARM, call -> call.fail(EtcdError.TIMEOUT));
    two.maintenance().raise(message(NOSPACE, AlarmType.NOSPACE_VALUE));
    two.maintenance().raise(message(NOSPACE, AlarmType.CORRUPT_VALUE));
    two.maintenance().raise(message(NOSPACE, 17));
    try (Client both = open(one, two)) {
      await().until(() -> one.health().listeners() == 2 && two.health().listeners() == 1);
      for (int i = 0; i < 2; i++) {
        assertThat(Calls.get(both.maintenance().alarms()))
            .containsExactly(
                NOSPACE,
                new Alarm(NOSPACE.memberId(), Alarm.Type.CORRUPT),
                new Alarm(NOSPACE.memberId(), Alarm.Type.OTHER));
      }
      assertThat(one.count(Methods.ALARM)).isPositive();
    }
  }

  @Test
  void disarmingSaysWhetherTheAlarmWasRaised() {
    one.maintenance().raise(message(NOSPACE, AlarmType.NOSPACE_VALUE));
    assertThat(Calls.get(client.maintenance().disarm(NOSPACE))).isTrue();
    assertThat(Calls.get(client.maintenance().disarm(NOSPACE))).isFalse();
    assertThat(Calls.get(client.maintenance().alarms())).isEmpty();
  }

  @Test
  void alarmThatIsNotKnownIsNotDisarmed() {
    assertThatThrownBy(() -> client.maintenance().disarm(new Alarm(1, Alarm.Type.OTHER)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(one.count(Methods.ALARM)).isZero();
  }

  /** Done by {@code one} alone, which says nothing: not by {@code two} as well. */
  private void assertDoneOnce(Method<?, ?> method, Function<Maintenance, CompletionStage<?>> call) {
    one.on(method, made -> made.fail(Status.UNAVAILABLE.withDescription("a proxy broke")));
    two.on(method, made -> made.fail(Status.UNAVAILABLE.withDescription("a proxy broke")));
    try (Client both = open(one, two)) {
      await().until(() -> one.health().listeners() == 2 && two.health().listeners() == 1);
      assertThat(Calls.failure(call.apply(both.maintenance())))
          .isInstanceOf(ClientException.Ambiguous.class);
      assertThat(one.count(method) + two.count(method)).isEqualTo(1);
    }
  }

  @Test
  void disarmingIsNotRepeated() {
    assertDoneOnce(Methods.ALARM, maintenance -> maintenance.disarm(NOSPACE));
  }

  @Test
  void defragmentingIsNotRepeated() {
    assertDoneOnce(Methods.DEFRAGMENT, Maintenance::defragment);
  }

  @Test
  void movingTheLeaderIsNotRepeated() {
    assertDoneOnce(Methods.MOVE_LEADER, maintenance -> maintenance.moveLeader(1));
  }

  @Test
  void leaderIsMovedToWhomWasMeant() {
    Calls.get(client.maintenance().moveLeader(two.id()));
    assertThat(Calls.get(client.maintenance().status()).raft().leaderId()).isEqualTo(two.id());
    Calls.get(client.maintenance().defragment());
    assertThat(one.count(Methods.DEFRAGMENT)).isEqualTo(1);
  }

  @Test
  void whoDoesNotLeadRefusesToMoveTheLeaderWithEtcdsText() {
    one.on(Methods.MOVE_LEADER, call -> call.fail(EtcdError.NOT_LEADER));
    assertThat(Calls.failure(client.maintenance().moveLeader(two.id())))
        .isExactlyInstanceOf(ClientException.Refused.class)
        .hasMessage("etcdserver: not leader");
    assertThat(one.count(Methods.MOVE_LEADER)).isEqualTo(1);
  }
}
