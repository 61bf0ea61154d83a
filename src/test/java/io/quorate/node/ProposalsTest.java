package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.apply.Answer;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProposalsTest {
  private static final long TIMEOUT_NANOS = 1000;
  private static final long BYTES = 10;
  private static final long BYTES_MAX = BYTES * Proposals.PENDING_MAX;

  private final List<Long> again = new ArrayList<>();
  private final Proposals proposals =
      new Proposals(1, 5, TIMEOUT_NANOS, BYTES_MAX, each -> again.add(each.id()));

  private static RaftInbox.Proposal proposal(long id, long bytes) {
    return RaftInbox.Proposal.command(id, Bytes.wrap(new byte[(int) bytes]));
  }

  private Outcome<Answer> add(long id, long nowNanos) {
    Outcome<Answer> outcome = new Outcome<>();
    assertThat(proposals.add(proposal(id, BYTES), outcome, nowNanos)).isTrue();
    return outcome;
  }

  @Test
  void givesEachAnswerToItsProposalOnce() {
    Outcome<Answer> first = add(1, 0);
    Outcome<Answer> second = add(2, 0);
    Answer answer = new Answer.Done(7);
    proposals.done(2, answer);
    assertThat(second.results()).containsExactly(answer);
    assertThat(first.isOpen()).isTrue();
    proposals.refused(1, EtcdError.NO_SPACE.exception());
    assertThat(first.refusals()).containsExactly(EtcdError.NO_SPACE.exception().text());
    proposals.done(1, answer);
    proposals.refused(2, EtcdError.NO_SPACE.exception());
    assertThat(first.results()).isEmpty();
    assertThat(second.refusals()).isEmpty();
  }

  @Test
  void ignoresAnswersToProposalsOfOthers() {
    Outcome<Answer> mine = add(1, 0);
    proposals.done(99, new Answer.Done(7));
    proposals.refused(98, EtcdError.NO_SPACE.exception());
    assertThat(mine.isOpen()).isTrue();
  }

  @Test
  void refusesThoseThatHaveWaitedTooLongAndNoOthers() {
    // The clock may run over.
    long start = Long.MAX_VALUE - 500;
    Outcome<Answer> old = add(1, start);
    Outcome<Answer> young = add(2, start + 600);
    proposals.expire(start + TIMEOUT_NANOS - 1, () -> Set.of());
    assertThat(old.isOpen()).isTrue();
    proposals.expire(start + TIMEOUT_NANOS, () -> Set.of(2L));
    assertThat(old.refusals()).containsExactly(EtcdError.TIMEOUT.exception().text());
    assertThat(young.isOpen()).isTrue();
    proposals.expire(start + 600 + TIMEOUT_NANOS, () -> Set.of(2L));
    assertThat(young.refusals()).containsExactly(EtcdError.DEADLINE_EXCEEDED.exception().text());
  }

  @Test
  void takesNoMoreThanItsBoundUntilOneIsDone() {
    for (long id = 1; id <= Proposals.PENDING_MAX; id++) {
      assertThat(proposals.add(proposal(id, BYTES), new Outcome<>(), 0)).isTrue();
    }
    Outcome<Answer> late = new Outcome<>();
    assertThat(proposals.add(proposal(0, BYTES), late, 0)).isFalse();
    assertThat(proposals.add(proposal(0, BYTES), late, 0)).isFalse();
    assertThat(late.isOpen()).isTrue();
    proposals.done(5, new Answer.Done(1));
    proposals.done(5, new Answer.Done(1));
    assertThat(proposals.add(proposal(0, BYTES), late, 0)).isTrue();
    assertThat(proposals.add(proposal(-1, BYTES), late, 0)).isFalse();
    proposals.expire(TIMEOUT_NANOS, () -> Set.of());
    for (long id = 1; id <= Proposals.PENDING_MAX; id++) {
      assertThat(proposals.add(proposal(id, BYTES), new Outcome<>(), 0)).isTrue();
    }
  }

  @Test
  void takesNoMoreBytesThanItsBoundButALargeOneThatIsAlone() {
    assertThat(proposals.add(proposal(1, BYTES_MAX + 1), new Outcome<>(), 0)).isTrue();
    assertThat(proposals.add(proposal(2, 1), new Outcome<>(), 0)).isFalse();
    proposals.done(1, new Answer.Done(1));
    assertThat(proposals.add(proposal(3, BYTES_MAX - 1), new Outcome<>(), 0)).isTrue();
    assertThat(proposals.add(proposal(4, 2), new Outcome<>(), 0)).isFalse();
    assertThat(proposals.add(proposal(5, 1), new Outcome<>(), 0)).isTrue();
    proposals.expire(TIMEOUT_NANOS, () -> Set.of());
    assertThat(proposals.add(proposal(6, BYTES_MAX), new Outcome<>(), 0)).isTrue();
  }

  @Test
  void proposesAgainWhatALaterTermHasLeftBehind() {
    for (long id = 1; id <= 5; id++) {
      add(id, 0);
    }
    proposals.taken(3, 2);
    proposals.taken(1, 2);
    proposals.taken(4, 3);
    proposals.taken(5, 2);
    proposals.notTaken(5);
    proposals.proposeLostAgain(2);
    assertThat(again).as("an entry of its own term says nothing of it").isEmpty();
    proposals.proposeLostAgain(3);
    assertThat(again).containsExactly(1L, 3L);
    proposals.proposeLostAgain(4);
    assertThat(again).as("nothing is in the log twice").containsExactly(1L, 3L, 4L);
  }

  @Test
  void proposesNothingAgainThatIsAnsweredOrMayBeInASnapshot() {
    for (long id = 1; id <= 3; id++) {
      add(id, 0);
    }
    proposals.taken(1, 2);
    proposals.taken(2, 2);
    proposals.done(1, new Answer.Done(1));
    proposals.doubt();
    proposals.taken(3, 3);
    proposals.proposeLostAgain(9);
    assertThat(again).containsExactly(3L);
  }

  @Test
  void refusesAllWhenTheMemberStops() {
    Outcome<Answer> first = add(1, 0);
    Outcome<Answer> second = add(2, 0);
    proposals.stop();
    assertThat(first.refusals()).containsExactly(EtcdError.STOPPED.exception().text());
    assertThat(second.refusals()).hasSize(1);
  }

  @Test
  void givesIdsThatNoOtherMemberOrRunGives() {
    Set<Long> ids = new HashSet<>();
    for (long member = 1; member <= 3; member++) {
      for (long start = 1; start <= 3; start++) {
        Proposals run = new Proposals(member, start * 1000, TIMEOUT_NANOS, BYTES_MAX, each -> {});
        for (int i = 0; i < 1000; i++) {
          assertThat(ids.add(run.newId())).isTrue();
        }
      }
    }
  }
}
