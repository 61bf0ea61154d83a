package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.client.wire.Methods;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Leases that a client keeps, before members that expire them. */
class LeasesTest {
  private final FakeStore store = new FakeStore();
  private final FakeMember one = new FakeMember(store);
  private final FakeMember two = new FakeMember(store);
  private final Client client = Client.at(one.endpoint(), two.endpoint()).open();

  @AfterEach
  void close() {
    client.close();
    one.close();
    two.close();
  }

  private Lease lease(int seconds) {
    return Calls.get(client.lease(Duration.ofSeconds(seconds)));
  }

  private int renewals() {
    return one.count(Methods.LEASE_KEEP_ALIVE) + two.count(Methods.LEASE_KEEP_ALIVE);
  }

  @Test
  void manyLeasesShareOneStream() {
    List<CompletionStage<Lease>> granted =
        IntStream.range(0, 2_000).mapToObj(i -> client.lease(Duration.ofSeconds(6))).toList();
    List<Lease> leases = granted.stream().map(Calls::get).toList();
    await().until(() -> renewals() >= 4_000);
    assertThat(one.keepAliveStreams() + two.keepAliveStreams()).isEqualTo(1);
    assertThat(leases).allMatch(Lease::isHeld).allMatch(held -> store.lease(held.id()) != null);
  }

  @Test
  void isLostBeforeAMemberExpiresIt() {
    one.on(Methods.LEASE_KEEP_ALIVE, call -> {});
    two.on(Methods.LEASE_KEEP_ALIVE, call -> {});
    // So long that its margin of a fiftieth is more than a busy machine is late.
    Lease lease = lease(10);
    boolean wasThere = Calls.get(lease.lost().thenApply(lost -> store.lease(lease.id()) != null));
    assertThat(wasThere).isTrue();
    assertThat(lease.isHeld()).isFalse();
    assertThat(Calls.get(lease.lost()).reason()).isEqualTo(LeaseState.Reason.UNRENEWED);
  }

  @Test
  void goesToAnotherMemberWhenRenewalsAreSwallowed() {
    one.on(Methods.LEASE_KEEP_ALIVE, call -> {});
    for (int i = 0; i < 4; i++) {
      Lease lease = lease(2);
      int before = two.count(Methods.LEASE_KEEP_ALIVE);
      await().until(() -> two.count(Methods.LEASE_KEEP_ALIVE) > before + 1);
      assertThat(lease.isHeld()).isTrue();
    }
  }

  @Test
  void isGoneWhenAMemberSaysSo() {
    Lease lease = lease(1);
    store.revoke(lease.id());
    assertThat(Calls.get(lease.lost()).reason()).isEqualTo(LeaseState.Reason.GONE);
  }

  @Test
  void isLostAtOnceWhenRevokedOrGivenUp() {
    Lease revoked = lease(60);
    Lease abandoned = lease(60);
    Told<LeaseState> told = new Told<>(Long.MAX_VALUE);
    revoked.states().subscribe(told);
    Calls.get(revoked.revoke());
    abandoned.abandon();
    for (Lease lease : List.of(revoked, abandoned)) {
      assertThat(lease.isHeld()).isFalse();
      assertThat(Calls.get(lease.lost()).reason()).isEqualTo(LeaseState.Reason.RELEASED);
    }
    assertThat(store.lease(revoked.id())).isNull();
    assertThat(told.isComplete()).isTrue();
    assertThat(told.items().get(told.items().size() - 1)).isInstanceOf(LeaseState.Lost.class);
  }

  @Test
  void isKeptWhileStreamsBreak() {
    Lease lease = lease(2);
    for (int i = 0; i < 5; i++) {
      int before = renewals();
      await().until(() -> renewals() > before);
      one.on(
          Methods.LEASE_KEEP_ALIVE,
          call -> call.fail(io.grpc.Status.UNAVAILABLE.withDescription("x")));
      two.on(
          Methods.LEASE_KEEP_ALIVE,
          call -> call.fail(io.grpc.Status.UNAVAILABLE.withDescription("x")));
      int failed = renewals();
      await().until(() -> renewals() > failed);
      one.behave(Methods.LEASE_KEEP_ALIVE);
      two.behave(Methods.LEASE_KEEP_ALIVE);
    }
    assertThat(lease.isHeld()).isTrue();
    assertThat(store.lease(lease.id())).isNotNull();
  }

  @Test
  void subscriberThatThrowsTakesNobodyElsesLease() {
    Lease lease = lease(1);
    Told<LeaseState> bad = new Told<>(Long.MAX_VALUE);
    bad.onItem =
        state -> {
          throw new AssertionError("thrown by a test");
        };
    lease.states().subscribe(bad);
    int before = renewals();
    await().until(() -> renewals() > before + 5);
    assertThat(lease.isHeld()).isTrue();
  }
}
