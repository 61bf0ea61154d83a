package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.client.wire.Methods;
import io.quorate.proto.etcd.SnapshotResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Snapshots: all of it and in order, or an error. */
class SnapshotTest {
  private static final int PART_BYTES = 32 * 1024;
  private static final int PARTS = 300;

  private final byte[] content = new byte[PARTS * PART_BYTES - 7];
  private final FakeMember member = new FakeMember(new FakeStore());
  private final FakeMaintenance service = member.maintenance();
  private final List<SnapshotResponse> parts;
  private final Client client =
      Client.at(member.endpoint()).withoutMemberSync().callTimeout(Duration.ofSeconds(2)).open();

  SnapshotTest() {
    new Random(1).nextBytes(content);
    parts = FakeMaintenance.parts(content, PART_BYTES);
    service.snapshot(parts, Status.OK);
  }

  @AfterEach
  void close() {
    client.close();
    member.close();
  }

  private Told<Bytes> subscribe(long first) {
    Told<Bytes> told = new Told<>(first);
    client.maintenance().snapshot().subscribe(told);
    return told;
  }

  private Told<Bytes> read() {
    Told<Bytes> told = subscribe(Long.MAX_VALUE);
    await().atMost(Calls.PATIENCE).until(told::isOver);
    assertThat(told.isBroken()).isFalse();
    return told;
  }

  private static byte[] joined(List<Bytes> all) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Bytes each : all) {
      out.write(each.toArray());
    }
    return out.toByteArray();
  }

  private byte[] file() throws IOException {
    return joined(List.of(Bytes.copyOf(content), Bytes.wrap(FakeMaintenance.sha256(content))));
  }

  private static void assertUnavailable(Told<Bytes> told, String text) {
    assertThat(told.failure())
        .isExactlyInstanceOf(ClientException.Unavailable.class)
        .hasMessageContaining(text);
    assertThat(told.isComplete()).isFalse();
  }

  @Test
  void allPartsAreTheFileWithItsDigest() throws IOException {
    Told<Bytes> told = read();
    assertThat(told.isComplete()).isTrue();
    assertThat(told.items()).hasSize(PARTS + 1);
    assertThat(joined(told.items())).isEqualTo(file());
  }

  @Test
  void whoAsksForOneAfterTheOtherMissesNothing() throws IOException {
    Told<Bytes> told = new Told<>(1);
    told.onItem = part -> told.request(1);
    client.maintenance().snapshot().subscribe(told);
    await().atMost(Calls.PATIENCE).until(told::isOver);
    assertThat(told.isComplete()).isTrue();
    assertThat(joined(told.items())).isEqualTo(file());
  }

  @Test
  void whoAsksForMoreThanThereIsWhenAllHasComeIsToldTheEnd() {
    List<SnapshotResponse> few = FakeMaintenance.parts(Arrays.copyOf(content, 2), 1);
    service.snapshot(few, Status.OK);
    Told<Bytes> told = subscribe(1);
    await().until(() -> service.sent() == few.size());
    // Answered on the same connection, behind the end of the snapshot.
    Calls.get(client.get("k"));
    told.onItem = part -> told.request(1);
    told.request(1);
    await().until(told::isOver);
    assertThat(told.failure()).isNull();
    assertThat(told.items()).hasSize(few.size());
  }

  @Test
  void nothingIsOpenedBeforeAPartIsWanted() {
    Told<Bytes> told = subscribe(0);
    Calls.get(client.get("k"));
    assertThat(service.snapshots()).isZero();
    told.request(1);
    await().until(() -> told.items().size() == 1);
    assertThat(service.snapshots()).isEqualTo(1);
  }

  @Test
  void memberSendsNoMoreThanIsAskedForAndAWindow() {
    Told<Bytes> told = subscribe(2);
    await().until(() -> told.items().size() == 2);
    // The window of a stream holds 32 parts.
    await().during(Duration.ofMillis(200)).until(() -> service.sent() < 2 * 32);
    told.request(Long.MAX_VALUE);
    await().until(told::isComplete);
    assertThat(service.sent()).isEqualTo(PARTS + 1);
  }

  @Test
  void snapshotThatEndsWellTooEarlyIsNoSnapshot() {
    service.snapshot(parts.subList(0, 5), Status.OK);
    Told<Bytes> told = read();
    assertThat(told.items()).hasSize(5);
    assertUnavailable(told, "broke off after 163840 bytes, with 9666553 left");
    assertThat(service.snapshots()).isEqualTo(1);
  }

  @Test
  void snapshotWithoutItsDigestIsNoSnapshot() {
    service.snapshot(parts.subList(0, PARTS), Status.OK);
    assertUnavailable(read(), "with 0 left");
  }

  @Test
  void snapshotWithAnotherDigestIsNoSnapshot() {
    service.snapshot(
        List.of(
            FakeMaintenance.part(content, 0),
            FakeMaintenance.part(FakeMaintenance.sha256(new byte[1]), 0)),
        Status.OK);
    assertUnavailable(read(), "do not have the digest");
    await().until(() -> service.snapshots() == 1);
  }

  @Test
  void snapshotThatLacksAPartIsLeft() {
    service.snapshot(List.of(parts.get(0), parts.get(2)), null);
    Told<Bytes> told = read();
    assertThat(told.items()).hasSize(1);
    assertUnavailable(told, "are said to be left behind them");
    await().until(() -> service.cancelled() == 1);
  }

  @Test
  void snapshotThatBreaksIsNotBegunAnew() {
    service.snapshot(parts.subList(0, 5), Status.UNAVAILABLE.withDescription("it stops"));
    Told<Bytes> told = read();
    assertThat(told.items()).hasSize(5);
    assertUnavailable(told, "it stops");
    assertThat(service.snapshots()).isEqualTo(1);
  }

  @Test
  void connectionThatIsLostEndsTheSnapshot() {
    service.snapshot(parts.subList(0, 5), null);
    Told<Bytes> told = subscribe(Long.MAX_VALUE);
    await().until(() -> told.items().size() == 5);
    member.close();
    await().until(told::isOver);
    assertUnavailable(told, "broke off");
  }

  @Test
  void memberThatFailsBeforeTheFirstPartIsTriedAgain() throws IOException {
    service.refuse(FakeStore.status(EtcdError.TIMEOUT));
    service.refuse(Status.OK);
    Told<Bytes> told = read();
    assertThat(told.isComplete()).isTrue();
    assertThat(joined(told.items())).isEqualTo(file());
    assertThat(service.snapshots()).isEqualTo(3);
  }

  @Test
  void memberThatAlwaysFailsIsGivenUp() {
    service.snapshot(List.of(), Status.UNAVAILABLE.withDescription("never"));
    assertUnavailable(read(), "never");
  }

  @Test
  void refusalIsToldAsThat() {
    service.refuse(FakeStore.status(EtcdError.PERMISSION_DENIED));
    Told<Bytes> told = read();
    assertThat(told.failure())
        .isExactlyInstanceOf(ClientException.Refused.class)
        .hasMessage(EtcdError.PERMISSION_DENIED.text());
  }

  @Test
  void memberThatSaysNothingIsGivenUpAtFirst() {
    service.snapshot(List.of(), null);
    assertUnavailable(read(), "the member is silent");
    await().until(() -> service.cancelled() == 1);
  }

  @Test
  void memberThatFallsSilentIsGivenUp() {
    service.snapshot(parts.subList(0, 5), null);
    Told<Bytes> told = read();
    assertThat(told.items()).hasSize(5);
    assertUnavailable(told, "the member is silent");
  }

  @Test
  void whoIsSlowIsNotGivenUp() {
    Told<Bytes> told = subscribe(1);
    await().until(() -> told.items().size() == 1);
    // Longer than a part may take.
    await().during(Duration.ofSeconds(3)).atMost(Calls.PATIENCE).until(() -> !told.isOver());
    told.request(Long.MAX_VALUE);
    await().until(told::isComplete);
  }

  @Test
  void nobodyIsWaitedForLongerThanACallMayTake() throws IOException {
    try (Deaf deaf = new Deaf(Deaf.Manner.REFUSES);
        Client other = Client.at(deaf.endpoint()).callTimeout(Duration.ofMillis(300)).open()) {
      Told<Bytes> told = new Told<>(1);
      other.maintenance().snapshot().subscribe(told);
      await().until(told::isOver);
      assertUnavailable(told, deaf.endpoint());
    }
  }

  @Test
  void memberThatAnswersNothingElseGivesItsSnapshot() {
    member.on(Methods.MEMBER_LIST, call -> call.fail(EtcdError.NOT_SUPPORTED_FOR_LEARNER));
    try (Client other = Client.at(member.endpoint()).withoutMemberSync().open()) {
      Told<Bytes> told = new Told<>(Long.MAX_VALUE);
      other.maintenance().snapshot().subscribe(told);
      await().atMost(Calls.PATIENCE).until(told::isComplete);
    }
  }

  @Test
  void whoLeavesEndsTheStream() {
    Told<Bytes> told = subscribe(1);
    await().until(() -> told.items().size() == 1);
    told.cancel();
    await().until(() -> service.cancelled() == 1);
    assertThat(told.isOver()).isFalse();
  }

  @Test
  void clientThatIsClosedEndsIt() {
    Told<Bytes> told = subscribe(1);
    await().until(() -> told.items().size() == 1);
    client.close();
    await().until(told::isOver);
    assertThat(told.failure()).isExactlyInstanceOf(ClientException.Closed.class);
  }

  @Test
  void eachSubscriberIsGivenACopyOfItsOwn() {
    assertThat(read().isComplete()).isTrue();
    assertThat(read().isComplete()).isTrue();
    assertThat(service.snapshots()).isEqualTo(2);
  }
}
