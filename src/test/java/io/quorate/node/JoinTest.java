package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.quorate.apply.Member;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Strangers that ask to become members. */
class JoinTest extends Members {
  private List<String> all() {
    List<String> urls = new ArrayList<>();
    members.values().forEach(member -> urls.addAll(member.peerUrls()));
    return urls;
  }

  @Test
  void becomesAVoterByAskingForIt() throws IOException {
    autoPromote = true;
    Member wanted = member(9, true);
    admitted = urls -> urls.equals(wanted.peerUrls());
    found(1);
    put(leader(), "a", "1");
    Roster after = Roster.join(all(), wanted.peerUrls(), WAY);
    Member self = byUrls(after, wanted);
    assertThat(self.learner()).isTrue();
    assertThat(after.id()).isEqualTo(CLUSTER);
    // Whoever has not heard the answer asks again, and is the same.
    assertThat(byUrls(Roster.join(all(), wanted.peerUrls(), WAY), wanted).id())
        .isEqualTo(self.id());
    members.put(self.id(), self);
    Node joined = start(self.id(), after.members(), true);
    await().until(() -> joined.published().members().size() == 2);
    await().until(() -> joined.published().members().stream().noneMatch(Member::learner));
    assertThat(keys(joined)).containsExactly("a=1");
  }

  @Test
  void whoHasLivedThereIsNotAddedTwice() throws IOException {
    admitted = urls -> true;
    found(2);
    put(leader(), "a", "1");
    long id = follower().memberId();
    publish(id);
    List<String> known = members.get(id).peerUrls();
    assertThatThrownBy(() -> Roster.join(all(), known, WAY)).hasMessageContaining("Peer URLs");
    assertThat(leader().published().members()).hasSize(2);
  }

  @Test
  void nobodyElseIsAdmitted() throws IOException {
    Member wanted = member(9, true);
    admitted = urls -> !urls.equals(wanted.peerUrls());
    found(1);
    assertThatThrownBy(() -> Roster.join(all(), wanted.peerUrls(), WAY))
        .hasMessage("nobody at " + wanted.peerUrls() + " becomes a member by asking for it");
  }

  private static Member byUrls(Roster roster, Member wanted) {
    return roster.members().stream()
        .filter(member -> member.peerUrls().equals(wanted.peerUrls()))
        .findFirst()
        .orElseThrow();
  }
}
