package io.quorate.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.apply.Member;
import io.quorate.fleet.FleetView.Reach;
import io.quorate.tls.TestAuthority;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole fleets in one process, over real sockets, beside a Raft group that does as it is told. */
class FleetTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final FleetPace QUICK = new FleetPace(Duration.ofMillis(400));

  /** Long enough for all that would have happened. */
  private static final Duration FOR_LONG = QUICK.report().multipliedBy(8);

  private static final String HERE = "127.0.0.1";

  @TempDir Path dir;

  private final FakeGroup group = new FakeGroup();
  private final Map<Long, Fleet> fleets = new TreeMap<>();

  @AfterEach
  void stopAll() {
    fleets.values().forEach(fleet -> fleet.stop().toCompletableFuture().join());
  }

  @Test
  void showsToEachMemberHowAllAre() throws IOException {
    found(3);
    awaitTogether(1, 2, 3);
    for (Fleet fleet : fleets.values()) {
      await()
          .atMost(WITHIN)
          .untilAsserted(
              () -> {
                assertThat(fleet.view().leader()).isEqualTo(2);
                assertThat(fleet.view().term()).isEqualTo(5);
                assertThat(fleet.view().members())
                    .extracting(seen -> seen.last() == null ? 0 : seen.last().raft().applied())
                    .containsExactly(101L, 102L, 103L);
              });
    }
  }

  @Test
  void keepsWhomItDoesNotReachUntilRaftRemovesHim() throws IOException {
    found(3);
    awaitTogether(1, 2, 3);
    fleets.remove(3L).stop().toCompletableFuture().join();
    await().atMost(WITHIN).until(() -> reach(1, 3) == Reach.UNREACHABLE);
    assertThat(fleets.get(1L).view().size()).isEqualTo(3);
    assertThat(fleets.get(1L).view().unreachable()).isEqualTo(1);
    begin(3, Optional.empty());
    awaitTogether(1, 2, 3);
    group.remove(3);
    awaitTogether(1, 2);
    assertThat(fleets.get(1L).view().members())
        .extracting(FleetView.Seen::id)
        .containsExactly(1L, 2L);
  }

  @Test
  void opensNothingWhileTheMemberIsAlone() throws IOException {
    found(1);
    int port = group.fleetPort(1);
    await()
        .during(FOR_LONG)
        .atMost(WITHIN)
        .until(() -> !isListening(port) && !fleets.get(1L).view().running());
    group.add(2);
    begin(2, Optional.empty());
    awaitTogether(1, 2);
  }

  @Test
  void goesWithoutTheOneWhosePortIsTakenEvenIfHeLeads() throws IOException {
    for (long id = 1; id <= 3; id++) {
      group.add(id);
    }
    group.leader = 2;
    // Accepts connections and never says a word.
    try (ServerSocket silent =
        new ServerSocket(group.fleetPort(2), 50, InetAddress.getByName(HERE))) {
      for (long id = 1; id <= 3; id++) {
        begin(id, Optional.empty());
      }
      await().atMost(WITHIN).until(() -> reach(1, 3) == Reach.REACHABLE);
      await().atMost(WITHIN).until(() -> reach(3, 1) == Reach.REACHABLE);
      assertThat(reach(1, 2)).isEqualTo(Reach.ABSENT);
      assertThat(fleets.get(2L).view().running()).isFalse();
      assertThat(group.announced).containsEntry(2L, FleetFacts.NO_PORT);
      assertThat(silent.isBound()).isTrue();
    }
  }

  @Test
  void twoFleetsBecomeTheOneOfTheLeader() throws IOException {
    Member first = group.add(1);
    Member second = group.add(2);
    // Each believes to lead, as when leadership moves while both begin, and looks for the other one
    // where nobody is.
    FakeGroup other = new FakeGroup();
    other.add(1);
    other.members.add(second);
    group.members.set(1, new FakeGroup().add(2));
    group.leader = 1;
    other.leader = 2;
    begin(1, Optional.empty());
    fleets.put(2L, fleet(other, 2, Optional.empty()));
    fleets.get(2L).begin();
    await().atMost(WITHIN).until(() -> reach(1, 1) == Reach.REACHABLE);
    await().atMost(WITHIN).until(() -> reach(2, 2) == Reach.REACHABLE);
    assertThat(reach(1, 2)).isEqualTo(Reach.ABSENT);
    assertThat(reach(2, 1)).isEqualTo(Reach.ABSENT);
    other.leader = 1;
    group.members.set(1, second);
    other.members.set(0, first);
    awaitTogether(1, 2);
  }

  @Test
  void findsAMemberAtThePortThatItAnnounces() throws IOException {
    group.add(1);
    group.add(2);
    group.leader = 1;
    begin(1, Optional.empty());
    int port = FakeGroup.freePorts();
    fleets.put(
        2L,
        new Fleet(group.factsOf(2), new Fleet.Place(HERE, port, port, Optional.empty()), QUICK));
    fleets.get(2L).begin();
    awaitTogether(1, 2);
    assertThat(fleets.get(1L).view().members().get(1).address()).isEqualTo(HERE + ":" + port);
  }

  @Test
  void speaksTlsAndLetsNobodyInWithoutACertificateOfTheAuthority() throws IOException {
    TestAuthority ours = new TestAuthority("ours");
    Path trusted = ours.writeTo(dir.resolve("ca.pem"));
    for (long id = 1; id <= 3; id++) {
      group.add(id);
    }
    group.leader = 1;
    for (long id = 1; id <= 2; id++) {
      begin(id, Optional.of(mutual(ours, id, trusted)));
    }
    awaitTogether(1, 2);
    // It believes the authority, but has a certificate of another one.
    begin(3, Optional.of(mutual(new TestAuthority("others"), 3, trusted)));
    await()
        .during(FOR_LONG)
        .atMost(WITHIN)
        .until(() -> reach(1, 3) == Reach.ABSENT && reach(3, 1) == Reach.ABSENT);
    fleets.remove(3L).stop().toCompletableFuture().join();
    begin(3, Optional.empty());
    await()
        .during(FOR_LONG)
        .atMost(WITHIN)
        .until(() -> reach(1, 3) == Reach.ABSENT && reach(3, 1) == Reach.ABSENT);
    fleets.remove(3L).stop().toCompletableFuture().join();
    begin(3, Optional.of(mutual(ours, 3, trusted)));
    awaitTogether(1, 2, 3);
  }

  private Tls mutual(TestAuthority authority, long id, Path trusted) throws IOException {
    Path own = dir.resolve("tls" + id + "-" + System.nanoTime());
    return Tls.open(TestAuthority.mutual(authority.issue(own, "m" + id, HERE), trusted));
  }

  private void found(int count) throws IOException {
    for (long id = 1; id <= count; id++) {
      group.add(id);
    }
    group.leader = Math.min(2, count);
    for (long id = 1; id <= count; id++) {
      begin(id, Optional.empty());
    }
  }

  private void begin(long id, Optional<Tls> tls) {
    fleets.put(id, fleet(group, id, tls));
    fleets.get(id).begin();
  }

  private static Fleet fleet(FakeGroup group, long id, Optional<Tls> tls) {
    int port = group.fleetPort(id);
    return new Fleet(group.factsOf(id), new Fleet.Place(HERE, port, port, tls), QUICK);
  }

  private void awaitTogether(long... members) {
    await()
        .atMost(WITHIN)
        .until(
            () ->
                Arrays.stream(members)
                    .allMatch(
                        from -> {
                          FleetView view = fleets.get(from).view();
                          return view.size() == members.length
                              && Arrays.stream(members)
                                  .allMatch(to -> reach(from, to) == Reach.REACHABLE);
                        }));
  }

  private Reach reach(long from, long to) {
    return fleets.get(from).view().members().stream()
        .filter(seen -> seen.id() == to)
        .map(FleetView.Seen::reach)
        .findFirst()
        .orElse(Reach.ABSENT);
  }

  private static boolean isListening(int port) {
    try (Socket socket = new Socket(HERE, port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }
}
