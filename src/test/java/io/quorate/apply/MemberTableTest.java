package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.quorate.apply.MemberChange.Kind;
import io.quorate.apply.MemberChange.Step;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.Membership;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes of members by the rules of the reference; what is refused changes nothing. */
class MemberTableTest {
  private static final Membership AFTER = Membership.of(Set.of(1L, 2L, 3L));

  @TempDir Path dir;

  private Machine machine;

  @BeforeEach
  void open() {
    machine = new Machine(dir);
    assertThat(change(add(1, false)).refusal()).isNull();
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private static Step add(long id, boolean learner) {
    return new Step(Kind.ADD, new Member(id, "", List.of("http://p:" + id), List.of(), learner));
  }

  private static Step urls(long id, String... urls) {
    return new Step(Kind.UPDATE, new Member(id, "", List.of(urls), List.of(), false));
  }

  private StateMachine.Applied change(Step... steps) {
    return machine.change(new MemberChange(9, List.of(steps)), AFTER);
  }

  private void assertRefused(EtcdError error, Step... steps) {
    List<Member> before = machine.state().members();
    Membership membership = machine.state().membership();
    StateMachine.Applied applied = change(steps);
    assertThat(applied.answer()).isNull();
    assertThat(applied.proposal()).isEqualTo(9);
    assertThat(applied.refusal()).isNotNull();
    assertThat(applied.refusal().text()).isEqualTo(error.text());
    assertThat(machine.state().members()).isEqualTo(before);
    assertThat(machine.state().membership()).isEqualTo(membership);
  }

  @Test
  void tellsAllMembersAndTakesOverTheMembership() {
    StateMachine.Applied applied = change(add(2, true));
    assertThat(applied.answer()).isInstanceOf(Answer.Members.class);
    assertThat(((Answer.Members) applied.answer()).members())
        .containsExactly(add(1, false).member(), add(2, true).member());
    assertThat(machine.state().membership()).isEqualTo(AFTER);
    assertThat(machine.state().meta().membership()).isEqualTo(AFTER);
  }

  @Test
  void promotesALearnerOnce() {
    change(add(2, true));
    assertThat(change(MemberChange.step(Kind.PROMOTE, 2)).refusal()).isNull();
    assertThat(machine.state().members().get(1)).isEqualTo(add(2, false).member());
    assertRefused(EtcdError.MEMBER_NOT_LEARNER, MemberChange.step(Kind.PROMOTE, 2));
    assertRefused(EtcdError.MEMBER_NOT_FOUND, MemberChange.step(Kind.PROMOTE, 3));
  }

  @Test
  void keepsNameAndClientUrlsWhenPeerUrlsChange() {
    machine.apply(new Command.Publish(new Member(1, "n", List.of(), List.of("http://c"), false)));
    assertThat(change(urls(1, "http://q:1", "http://q:2")).refusal()).isNull();
    assertThat(machine.state().members())
        .containsExactly(
            new Member(1, "n", List.of("http://q:1", "http://q:2"), List.of("http://c"), false));
    assertRefused(EtcdError.MEMBER_NOT_FOUND, urls(2, "http://q:3"));
  }

  @Test
  void refusesIdsAndUrlsThatAreTaken() {
    change(add(2, false));
    assertRefused(EtcdError.MEMBER_EXIST, add(2, false));
    Member sameUrl = new Member(3, "", List.of("http://x", "http://p:1"), List.of(), false);
    assertRefused(EtcdError.PEER_URL_EXIST, new Step(Kind.ADD, sameUrl));
    assertRefused(EtcdError.PEER_URL_EXIST, urls(2, "http://p:1"));
    assertThat(change(urls(2, "http://p:2")).refusal()).as("its own").isNull();
  }

  @Test
  void aRemovedIdNeverComesBack() {
    change(add(2, false));
    assertThat(change(MemberChange.step(Kind.REMOVE, 2)).refusal()).isNull();
    assertThat(machine.state().removedMembers()).containsExactly(2L);
    machine.checkpoint();
    machine.restore();
    assertThat(machine.state().removedMembers()).containsExactly(2L);
    assertThat(machine.state().members()).containsExactly(add(1, false).member());
    for (Step step :
        List.of(
            add(2, false),
            urls(2, "http://p:2"),
            MemberChange.step(Kind.PROMOTE, 2),
            MemberChange.step(Kind.REMOVE, 2))) {
      assertRefused(EtcdError.MEMBER_NOT_FOUND, step);
    }
    machine.apply(new Command.Publish(new Member(2, "late", List.of(), List.of(), false)));
    assertThat(machine.state().members()).containsExactly(add(1, false).member());
  }

  @Test
  void oneLearnerAtATime() {
    change(add(2, true));
    assertRefused(EtcdError.TOO_MANY_LEARNERS, add(3, true));
    assertThat(change(add(3, false)).refusal()).isNull();
    change(MemberChange.step(Kind.PROMOTE, 2));
    assertThat(change(add(4, true)).refusal()).isNull();
  }

  @Test
  void severalStepsHappenTogetherOrNotAtAll() {
    change(add(2, false));
    assertRefused(EtcdError.MEMBER_EXIST, MemberChange.step(Kind.REMOVE, 2), add(1, false));
    Member heir = new Member(5, "", List.of("http://p:2"), List.of(), true);
    assertThat(change(MemberChange.step(Kind.REMOVE, 2), new Step(Kind.ADD, heir)).refusal())
        .as("it takes over the URL of the one that it replaces")
        .isNull();
    assertThat(machine.state().members()).containsExactly(add(1, false).member(), heir);
  }

  @Test
  void itsBytesComeBackAsTheyWere() {
    MemberChange change =
        new MemberChange(-5, List.of(add(-2, true), MemberChange.step(Kind.REMOVE, 7)));
    assertThat(MemberChange.decode(change.encode())).isEqualTo(change);
    Bytes bytes = change.encode();
    for (int end = 0; end < bytes.size(); end++) {
      Bytes cut = bytes.slice(0, end);
      assertThatIllegalArgumentException().isThrownBy(() -> MemberChange.decode(cut));
    }
  }
}
