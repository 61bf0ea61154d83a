package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.quorate.apply.Member;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Members that remember nothing: new ones, and those whose disk is gone. */
class LostDiskTest extends Members {
  @Test
  void aFounderThatRemembersNothingWaitsForAQuorumOfThem() throws IOException {
    for (long id = 1; id <= 3; id++) {
      members.put(id, member(id, false));
    }
    Node first = start(1, new ArrayList<>(members.values()), false);
    await().during(Duration.ofSeconds(1)).until(() -> !first.hasLeader());
    assertThat(first.term()).as("the term of one that may not stand").isEqualTo(1);
    start(2, new ArrayList<>(members.values()), false);
    put(leader(), "a", "1");
    // The third one has never lived, which those that have may say.
    Node third = start(3, new ArrayList<>(members.values()), false);
    assertThat(keys(third)).containsExactly("a=1");
  }

  @Test
  void aMemberWhoseDiskWasEmptiedNeverStartsUnderItsId() throws IOException {
    found(3);
    put(leader(), "a", "1");
    long id = follower().memberId();
    publish(id);
    stop(id);
    wipe(id);
    Node again = start(id, new ArrayList<>(members.values()), false);
    assertThat(join(again.failed()))
        .isInstanceOf(MemberGoneException.class)
        .hasMessage("member " + id + " has already been bootstrapped");
    assertThat(again.hasLeader()).isFalse();
    assertThat(keys(leader())).containsExactly("a=1");
  }

  @Test
  void aMajorityThatLostItsDisksDoesNotBeginAnewBesideOneThatRemembers() throws IOException {
    found(3);
    put(leader(), "a", "1");
    nodes.keySet().forEach(this::publish);
    List<Long> lost = nodes.keySet().stream().limit(2).toList();
    lost.forEach(this::stop);
    for (long id : lost) {
      wipe(id);
    }
    List<Node> again = new ArrayList<>();
    for (long id : lost) {
      again.add(start(id, new ArrayList<>(members.values()), false));
    }
    for (Node each : again) {
      assertThat(join(each.failed())).isInstanceOf(MemberGoneException.class);
    }
  }

  @Test
  void theyWaitWhereOneRemembersAndCannotSayWhoHasLived() throws IOException {
    found(3);
    put(leader(), "a", "1");
    List<Long> lost = nodes.keySet().stream().limit(2).toList();
    lost.forEach(this::stop);
    for (long id : lost) {
      wipe(id);
    }
    for (long id : lost) {
      start(id, new ArrayList<>(members.values()), false);
    }
    // Longer than they wait for one answer: silence of somebody who is there must not be consent.
    await()
        .during(Duration.ofSeconds(4))
        .until(() -> lost.stream().noneMatch(id -> nodes.get(id).hasLeader()));
    assertThat(lost).allMatch(id -> nodes.get(id).term() == 1);
  }

  @Test
  void aMemberWhoseDiskIsLostIsReplacedWhereThatIsAskedFor() throws IOException {
    replaceLost = true;
    autoPromote = true;
    found(3);
    put(leader(), "a", "1");
    long id = follower().memberId();
    publish(id);
    Member lost = members.get(id);
    List<String> others = new ArrayList<>();
    members.values().stream().filter(m -> m.id() != id).forEach(m -> others.addAll(m.peerUrls()));
    assertThatThrownBy(() -> Roster.replace(others, lost, WAY))
        .hasMessageContaining("member " + id + " is connected");
    stop(id);
    wipe(id);
    await().until(() -> leader().cluster().connectedFor(id).isZero());
    Roster after = Roster.replace(others, lost, WAY);
    Member fresh = after.members().stream().filter(Member::learner).findFirst().orElseThrow();
    assertThat(fresh.peerUrls()).isEqualTo(lost.peerUrls());
    assertThat(fresh.id()).isNotEqualTo(id);
    assertThat(after.members()).hasSize(3).noneMatch(m -> m.id() == id);
    members.remove(id);
    members.put(fresh.id(), fresh);
    Node again = start(fresh.id(), after.members(), true);
    await().until(() -> again.published().members().stream().anyMatch(m -> m.id() == fresh.id()));
    await().until(() -> again.published().members().stream().noneMatch(Member::learner));
    put(again, "b", "2");
    assertThat(keys(again)).containsExactly("a=1", "b=2");
  }

  @Test
  void nobodyIsReplacedWhereThatIsNotAskedFor() throws IOException {
    found(3);
    long id = follower().memberId();
    stop(id);
    Member lost = members.get(id);
    List<String> urls = members.get(leader().memberId()).peerUrls();
    assertThatThrownBy(() -> Roster.replace(urls, lost, WAY))
        .hasMessageContaining("--replace-lost-member");
  }
}
