package io.quorate.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.apply.Member;
import io.quorate.fleet.FleetPlan.Contact;
import io.quorate.fleet.FleetPlan.Peer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FleetPlanTest {
  private static final Contact ONE = new Contact("a", 1);
  private static final Contact TWO = new Contact("b", 2);

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "http://10.0.0.1:2380, none, 10.0.0.1:2381",
        "https://node-1.example:2380, none, node-1.example:2381",
        "http://[::1]:2380, none, [::1]:2381",
        "http://10.0.0.1:2380, 7000, 10.0.0.1:7000",
        "http://10.0.0.1:2380, 0, none",
        "http://10.0.0.1:65535, none, none"
      })
  void derivesWhereAFleetListensFromTheFirstPeerUrl(String url, Integer announced, String contact) {
    Optional<Contact> derived = FleetPlan.contact(member(1, url), Optional.ofNullable(announced));
    assertThat(derived.map(Contact::toString).orElse(null)).isEqualTo(contact);
  }

  @Test
  void hasNoContactForAMemberWithoutUrls() {
    Member bare = new Member(1, "", List.of(), List.of(), false);
    assertThat(FleetPlan.contact(bare, Optional.of(7000))).isEmpty();
  }

  @Test
  void gathersRoundTheRaftLeaderWhileItsFleetSpeaks() {
    assertThat(FleetPlan.founder(2, 3, Set.of(1L, 3L))).isEqualTo(3);
    assertThat(FleetPlan.founder(3, 3, Set.of(1L, 2L))).isEqualTo(3);
  }

  @Test
  void gathersRoundTheLowestThatSpeaksWhileTheLeaderIsSilent() {
    assertThat(FleetPlan.founder(2, 3, Set.of(5L, 4L))).isEqualTo(2);
    assertThat(FleetPlan.founder(2, 3, Set.of(1L))).isEqualTo(1);
    assertThat(FleetPlan.founder(-2, 3, Set.of(-1L, 7L))).as("unsigned").isEqualTo(7);
    assertThat(FleetPlan.founder(2, 0, Set.of(4L))).as("no leader").isEqualTo(2);
  }

  @Test
  void onlyAFounderIsAmongItsSeeds() {
    assertThat(FleetPlan.seeds(true, TWO, List.of(ONE))).containsExactly(TWO, ONE);
    assertThat(FleetPlan.seeds(false, TWO, List.of(ONE))).containsExactly(ONE);
  }

  @Test
  void downsExactlyThoseWhomRaftHasRemoved() {
    Peer member = new Peer(1, ONE, true);
    Peer gone = new Peer(2, TWO, true);
    Peer unheardOf = new Peer(9, TWO, false);
    Peer stranger = new Peer(0, TWO, true);
    assertThat(FleetPlan.removed(List.of(member, gone, unheardOf, stranger), List.of(2L, 8L)))
        .containsExactly(gone);
  }

  @Test
  void givesWayOnlyToAFleetInWhichTheFounderIs() {
    List<Peer> own = List.of(new Peer(1, ONE, true));
    assertThat(FleetPlan.givesWay(own, 2, true)).isTrue();
    assertThat(FleetPlan.givesWay(own, 2, false)).isFalse();
    assertThat(FleetPlan.givesWay(own, 1, true)).isFalse();
  }

  private static Member member(long id, String url) {
    return new Member(id, "m" + id, List.of(url), List.of(), false);
  }
}
