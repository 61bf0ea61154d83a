package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.apply.Member;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.RangePlan;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What members do together. */
class ClusterTest extends Members {
  private static final int WRITES_IN_A_MOVE = 3_000;

  @Test
  void everyMemberWritesAndReadsWhatTheOthersWrote() throws IOException {
    found(3);
    List<String> expected = new ArrayList<>();
    for (Node node : nodes.values()) {
      put(node, "k" + node.memberId(), "v");
      expected.add("k" + node.memberId() + "=v");
    }
    for (Node node : nodes.values()) {
      assertThat(keys(node)).isEqualTo(expected);
    }
    assertThat(nodes.values()).extracting(ClusterTest::hash).containsOnly(hash(leader()));
  }

  @Test
  void aLeaderThatStopsIsReplacedAndComesBack() throws IOException {
    found(3);
    put(leader(), "a", "1");
    long old = leader().memberId();
    stop(old);
    put(leader(), "b", "2");
    put(follower(), "c", "3");
    Node back = start(old, List.of(), false);
    await().until(back::hasLeader);
    assertThat(keys(back)).containsExactly("a=1", "b=2", "c=3");
  }

  @Test
  void aMinorityServesNobody() throws IOException {
    found(3);
    long last = follower().memberId();
    Node alone = nodes.get(last);
    assertThat(alone.isServing()).isTrue();
    for (long id : List.copyOf(nodes.keySet())) {
      if (id != last) {
        stop(id);
      }
    }
    await().until(() -> !alone.hasLeader());
    assertThat(alone.isServing()).isFalse();
    Op put = new Op.Put(Bytes.utf8("a"), Bytes.utf8("1"), 0, false, false, false);
    CompletionStage<Answer> write = alone.propose(new Command.Write(put));
    var read = alone.linearize();
    await().during(Duration.ofSeconds(1)).until(() -> !write.toCompletableFuture().isDone());
    assertThat(read.toCompletableFuture()).isNotDone();
    for (long id = 1; id <= 3; id++) {
      if (id != last) {
        start(id, List.of(), false);
      }
    }
    // On a slow machine what waited may be refused as late by now; what comes now is served.
    assertThat(ends(write)).isIn("done", EtcdError.TIMEOUT.text());
    assertThat(ends(read)).isIn("done", EtcdError.TIMEOUT.text());
    put(leader(), "b", "2");
    assertThat(keys(alone)).contains("b=2");
  }

  private static String ends(CompletionStage<?> stage) {
    return stage
        .handle((done, failure) -> failure == null ? "done" : Refusals.of(failure).text())
        .toCompletableFuture()
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  @Test
  void aNewMemberGetsASnapshotAndVotes() throws IOException {
    found(3);
    for (int i = 0; i < 200; i++) {
      put(leader(), "k" + i, "v" + i);
    }
    members.put(4L, member(4, false));
    Answer.Members after =
        (Answer.Members) join(follower().cluster().changes().add(members.get(4L)));
    assertThat(after.members()).hasSize(4);
    Node fourth = start(4, new ArrayList<>(members.values()), true);
    await().until(fourth::hasLeader);
    assertThat(keys(fourth)).hasSize(200);
    assertThat(hash(fourth)).isEqualTo(hash(leader()));
    put(fourth, "z", "1");
    assertThat(keys(leader())).hasSize(201);
    stop(4);
    Node again = start(4, List.of(), true);
    assertThat(keys(again)).hasSize(201);
  }

  @Test
  void aRemovedMemberStopsAndNeverServesAgain() throws IOException {
    found(3);
    Node gone = follower();
    put(gone, "a", "1");
    long id = gone.memberId();
    join(leader().cluster().changes().remove(id));
    assertThat(join(gone.failed())).isInstanceOf(MemberGoneException.class);
    stop(id);
    put(leader(), "b", "2");
    Node again = start(id, List.of(), false);
    assertThat(join(again.failed())).isInstanceOf(MemberGoneException.class);
    assertThat(keys(leader())).containsExactly("a=1", "b=2");
  }

  @Test
  void aMemberThatWasAwayWhenItWasRemovedIsToldWhenItComesBack() throws IOException {
    found(3);
    long id = follower().memberId();
    stop(id);
    join(leader().cluster().changes().remove(id));
    Node again = start(id, List.of(), false);
    assertThat(join(again.failed())).isInstanceOf(MemberGoneException.class);
  }

  @Test
  void aLearnerIsPromotedWhenItIsInSyncByWhicheverMemberIsAsked() throws IOException {
    found(3);
    members.put(4L, member(4, true));
    join(leader().cluster().changes().add(members.get(4L)));
    assertThat(refusal(follower().cluster().changes().promote(4)))
        .isEqualTo(EtcdError.LEARNER_NOT_READY);
    Node learner = start(4, new ArrayList<>(members.values()), true);
    await().until(learner::hasLeader);
    await().until(() -> join(leader().cluster().progressOf(4)) >= 90);
    Answer.Members after = (Answer.Members) join(follower().cluster().changes().promote(4));
    assertThat(after.members().get(3).learner()).isFalse();
    assertThat(refusal(leader().cluster().changes().promote(4)))
        .isEqualTo(EtcdError.MEMBER_NOT_LEARNER);
    assertThat(refusal(leader().cluster().changes().promote(9)))
        .isEqualTo(EtcdError.MEMBER_NOT_FOUND);
  }

  @Test
  void aLearnerIsPromotedByItselfWhereThatIsAskedFor() throws IOException {
    autoPromote = true;
    found(3);
    members.put(4L, member(4, true));
    join(leader().cluster().changes().add(members.get(4L)));
    Node learner = start(4, new ArrayList<>(members.values()), true);
    await().until(() -> learner.published().members().stream().anyMatch(m -> m.id() == 4));
    await().until(() -> learner.published().members().stream().noneMatch(Member::learner));
    put(learner, "a", "1");
  }

  @Test
  void leadershipMovesToWhomItIsAskedTo() throws IOException {
    found(3);
    long target = follower().memberId();
    assertThat(refusal(follower().cluster().moveLeader(target))).isEqualTo(EtcdError.NOT_LEADER);
    assertThat(refusal(leader().cluster().moveLeader(9)))
        .isEqualTo(EtcdError.BAD_LEADER_TRANSFEREE);
    moveLeader(target);
    await().until(() -> leader().memberId() == target);
    put(leader(), "a", "1");
  }

  /** Asks again where another member came to lead meanwhile, as one does who stalls here. */
  private void moveLeader(long to) {
    await()
        .until(
            () ->
                leader()
                    .cluster()
                    .moveLeader(to)
                    .handle((leader, refusal) -> refusal == null)
                    .toCompletableFuture()
                    .join());
  }

  @Test
  void nobodyWhoWritesNoticesThatLeadershipMoves() throws IOException {
    found(3);
    Op count = new Op.Put(Bytes.utf8("n"), Bytes.EMPTY, 0, false, false, false);
    List<CompletionStage<Answer>> writes = new ArrayList<>();
    for (long to = 1; to <= 3; to++) {
      long heir = to;
      CompletableFuture<Void> moved = CompletableFuture.runAsync(() -> moveLeader(heir));
      int most = writes.size() + WRITES_IN_A_MOVE;
      while (!moved.isDone()) {
        if (writes.size() < most) {
          nodes.values().forEach(node -> writes.add(node.propose(new Command.Write(count))));
        }
      }
      join(moved);
    }
    writes.forEach(Members::join);
    join(leader().linearize());
    OpResult.Range found =
        leader()
            .store()
            .read(
                view -> RangePlan.execute(view, Op.Range.of(new KeyRange(Bytes.utf8("n"), null))));
    assertThat(found.kvs().get(0).version()).as("each once").isEqualTo(writes.size());
  }

  @Test
  void aSnapshotCarriesValuesThatAreLargerThanAFrame() throws IOException {
    found(3);
    byte[] large = new byte[3 << 19];
    for (int i = 0; i < 4; i++) {
      Op put = new Op.Put(Bytes.utf8("large" + i), Bytes.wrap(large), 0, false, false, false);
      join(leader().propose(new Command.Write(put)));
    }
    members.put(4L, member(4, false));
    join(leader().cluster().changes().add(members.get(4L)));
    Node fourth = start(4, new ArrayList<>(members.values()), true);
    await().until(fourth::hasLeader);
    assertThat(keys(fourth)).hasSize(4);
    assertThat(hash(fourth)).isEqualTo(hash(leader()));
  }

  @Test
  void whoJoinsAndStopsBeforeItHasAStateGoesOnWithThoseItKnows() throws IOException {
    found(3);
    members.put(4L, member(4, true));
    join(leader().cluster().changes().add(members.get(4L)));
    List<Member> others = new ArrayList<>(members.values()).subList(0, 3);
    Node first = start(4, others, true);
    stop(4);
    assertThat(first.failed().toCompletableFuture()).isNotDone();
    Node again = start(4, others, true);
    await().until(again::hasLeader);
  }

  @Test
  void aMemberThatWasAwayFindsALeaderThatHasJoinedMeanwhile() throws IOException {
    found(3);
    put(leader(), "a", "1");
    long away = follower().memberId();
    stop(away);
    members.put(4L, member(4, false));
    join(leader().cluster().changes().add(members.get(4L)));
    Node joined = start(4, new ArrayList<>(members.values()), true);
    await().until(joined::hasLeader);
    long other =
        nodes.keySet().stream()
            .filter(id -> id != 4 && id != leader().memberId())
            .findFirst()
            .get();
    join(leader().cluster().changes().remove(other));
    stop(other);
    await().until(() -> !leader().cluster().connectedFor(4).isZero());
    moveLeader(4);
    Node back = start(away, List.of(), false);
    await().until(back::hasLeader);
    put(back, "b", "2");
    assertThat(keys(back)).containsExactly("a=1", "b=2");
  }

  @Test
  void aMemberThatWasAwayAnswersALeaderThatHasMovedMeanwhile() throws IOException {
    found(3);
    put(leader(), "a", "1");
    long away = follower().memberId();
    stop(away);
    long moved = leader().memberId();
    Member elsewhere = member(moved, false);
    join(leader().cluster().changes().update(moved, elsewhere.peerUrls()));
    stop(moved);
    members.put(moved, elsewhere);
    // Two of three are away: who is left has no quorum until the first one is back, elsewhere.
    Node there = start(moved, List.of(), false);
    await().until(there::hasLeader);
    if (!there.isLeader()) {
      await().until(() -> !leader().cluster().connectedFor(moved).isZero());
      moveLeader(moved);
    }
    Node back = start(away, List.of(), false);
    // It hears the leader, and looks for it where it was: what is written now waits for a way.
    await().until(back::hasLeader);
    put(back, "b", "2");
    assertThat(keys(back)).containsExactly("a=1", "b=2");
  }
}
