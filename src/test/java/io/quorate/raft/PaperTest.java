package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sentences of the Raft paper (extended version) and of the dissertation, each tried on one core
 * that is handed the messages by the test. A test's comment names the section.
 */
class PaperTest {
  private static final long ME = 1;
  private static final int ELECTION_TICKS = 10;

  /** A member of 1..5 with a log of the given terms, entry 1 first. */
  private static RaftCore member(HardState hard, boolean preVote, long... terms) {
    return memberOf(5, hard, preVote, terms);
  }

  private static RaftCore memberOf(int voters, HardState hard, boolean preVote, long... terms) {
    RaftLog log = new RaftLog(LogSource.NONE, 1 << 20);
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < terms.length; i++) {
      entries.add(entry(terms[i], i + 1L));
    }
    log.replay(entries);
    TreeSet<Long> ids = new TreeSet<>();
    for (long id = 1; id <= voters; id++) {
      ids.add(id);
    }
    RaftConfig config = new RaftConfig(ME, ELECTION_TICKS, 1, preVote, RaftConfig.Limits.DEFAULT);
    return new RaftCore(config, log, hard, Membership.of(ids), 0, new SeededRandom(1));
  }

  private static Entry entry(long term, long index) {
    return new Entry(term, index, Entry.Kind.NORMAL, Bytes.utf8("e" + index));
  }

  /** All that leaves once the disk is done. */
  private static List<Message> settle(RaftCore core) {
    List<Message> sent = new ArrayList<>();
    for (Ready ready = core.ready(); !ready.isEmpty(); ready = core.ready()) {
      sent.addAll(ready.messages());
      if (ready.persist() != null) {
        sent.addAll(ready.messagesAfterPersist());
        core.persisted(ready.persist().ticket());
      }
      if (!ready.committed().isEmpty()) {
        core.applied(core.log().applying());
      }
    }
    return sent;
  }

  private static RaftCore leader(long... terms) {
    long last = terms.length == 0 ? 0 : terms[terms.length - 1];
    RaftCore core = member(new HardState(last, 0, 0), false, terms);
    core.campaign();
    settle(core);
    core.step(new Message.VoteReply(2, ME, core.term(), true, 0, 0));
    core.step(new Message.VoteReply(3, ME, core.term(), true, 0, 0));
    assertThat(core.roleKind()).isEqualTo(RoleKind.LEADER);
    return core;
  }

  /**
   * Section 5.1: if one server's term is smaller, it updates its term; a leader becomes follower.
   */
  @Test
  void followsAHigherTerm() {
    RaftCore core = leader();
    core.step(new Message.Append(2, ME, 9, 0, 0, 0, List.of()));
    assertThat(core.roleKind()).isEqualTo(RoleKind.FOLLOWER);
    assertThat(core.term()).isEqualTo(9);
    assertThat(core.leader()).isEqualTo(2);
  }

  /** Section 5.1: a request with a stale term is rejected. */
  @Test
  void rejectsAStaleTerm() {
    RaftCore core = member(new HardState(5, 0, 0), false);
    core.step(new Message.Append(2, ME, 4, 0, 0, 0, List.of(entry(4, 1))));
    assertThat(core.log().last()).isZero();
    assertThat(settle(core)).containsExactly(new Message.AppendReply(ME, 2, 5, 0, false, 0, 0));
  }

  /** Section 5.2: a follower that hears nothing for an election timeout stands; timeouts differ. */
  @Test
  void standsAfterARandomTimeoutBetweenOneAndTwo() {
    Set<Integer> timeouts = new TreeSet<>();
    for (int seed = 0; seed < 200; seed++) {
      RaftCore core =
          new RaftCore(
              new RaftConfig(ME, 10, 1, false, RaftConfig.Limits.DEFAULT),
              new RaftLog(LogSource.NONE, 1),
              HardState.INITIAL,
              Membership.of(Set.of(1L, 2L, 3L)),
              0,
              new SeededRandom(seed));
      int ticks = 0;
      while (core.roleKind() == RoleKind.FOLLOWER) {
        core.tick();
        ticks++;
      }
      timeouts.add(ticks);
    }
    assertThat(timeouts).hasSize(10).allMatch(t -> t >= 10 && t < 20);
  }

  /** Section 5.2: it votes for itself, in a higher term, and asks all others. */
  @Test
  void aCandidateRaisesItsTermAndVotesForItself() {
    RaftCore core = member(new HardState(2, 0, 0), false, 1, 2);
    core.campaign();
    Ready ready = core.ready();
    assertThat(ready.persist().hardState()).isEqualTo(new HardState(3, ME, 0));
    assertThat(ready.messages()).isEmpty();
    assertThat(ready.messagesAfterPersist())
        .hasSize(4)
        .contains(new Message.Vote(ME, 5, 3, new LogPosition(2, 2, 0, 0), false));
  }

  /** Section 5.2: at most one vote in a term, first come, first served; the same one again. */
  @ParameterizedTest
  @CsvSource({"0,2,true", "2,2,true", "3,2,false"})
  void votesOnceInATerm(long votedFor, long asks, boolean granted) {
    RaftCore core = member(new HardState(1, votedFor, 0), false);
    core.step(new Message.Vote(asks, ME, 1, new LogPosition(0, 0, 0, 0), false));
    assertThat(settle(core)).containsExactly(new Message.VoteReply(ME, asks, 1, granted, 0, 0));
  }

  /** Section 5.2: votes must be on disk before they leave. */
  @Test
  void aVoteLeavesAfterItIsDurable() {
    RaftCore core = member(HardState.INITIAL, false);
    core.step(new Message.Vote(2, ME, 1, new LogPosition(0, 0, 0, 0), false));
    Ready ready = core.ready();
    assertThat(ready.messages()).isEmpty();
    assertThat(ready.persist().hardState()).isEqualTo(new HardState(1, 2, 0));
    assertThat(ready.messagesAfterPersist()).hasSize(1);
  }

  /** Section 5.2: a majority of the full membership wins. */
  @Test
  void winsByAMajorityIncludingItsOwnDurableVote() {
    RaftCore core = member(HardState.INITIAL, false);
    core.campaign();
    Ready ready = core.ready();
    core.step(new Message.VoteReply(2, ME, 1, true, 0, 0));
    core.step(new Message.VoteReply(2, ME, 1, true, 0, 0));
    core.step(new Message.VoteReply(3, ME, 1, true, 0, 0));
    assertThat(core.roleKind()).isEqualTo(RoleKind.CANDIDATE);
    core.persisted(ready.persist().ticket());
    assertThat(core.roleKind()).isEqualTo(RoleKind.LEADER);
  }

  /** Section 5.2: a candidate that hears of a leader of its term gives way. */
  @Test
  void aCandidateGivesWayToALeaderOfItsTerm() {
    RaftCore core = member(HardState.INITIAL, false);
    core.campaign();
    settle(core);
    core.step(new Message.Append(3, ME, 1, 0, 0, 0, List.of(entry(1, 1))));
    assertThat(core.roleKind()).isEqualTo(RoleKind.FOLLOWER);
    assertThat(core.leader()).isEqualTo(3);
    assertThat(core.log().last()).isEqualTo(1);
  }

  /** Section 5.2, election safety: two leaders in a term are impossible, so that stops a member. */
  @Test
  void stopsWhenTwoLeadersClaimATerm() {
    RaftCore core = leader();
    assertThatThrownBy(() -> core.step(new Message.Heartbeat(2, ME, core.term(), 0, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("member 2 leads term 1, too");
  }

  /** Section 5.3: without an entry of the same index and term before, an append is refused. */
  @ParameterizedTest
  @CsvSource({"3,3,true", "3,2,false", "4,3,false", "2,2,true"})
  void checksThePrecedingEntry(long prevIndex, long prevTerm, boolean granted) {
    RaftCore core = member(new HardState(3, 0, 0), false, 1, 2, 3);
    core.step(new Message.Append(2, ME, 3, prevIndex, prevTerm, 0, List.of()));
    assertThat(((Message.AppendReply) settle(core).get(0)).granted()).isEqualTo(granted);
  }

  /** Section 5.3: a conflicting entry and all that follow it are deleted; equal ones stay. */
  @Test
  void replacesOnlyWhatConflicts() {
    RaftCore core = member(new HardState(3, 0, 0), false, 1, 1, 2, 2);
    core.step(new Message.Append(2, ME, 3, 1, 1, 0, List.of(entry(1, 2))));
    assertThat(core.log().last()).as("an old append does not cut").isEqualTo(4);
    core.step(new Message.Append(2, ME, 3, 1, 1, 0, List.of(entry(1, 2), entry(3, 3))));
    assertThat(core.log().last()).isEqualTo(3);
    Ready ready = core.ready();
    assertThat(ready.persist().entries()).containsExactly(entry(3, 3));
  }

  /** Section 5.3: the refusal lets the leader skip a whole term at once. */
  @Test
  void refusalsSkipTerms() {
    RaftCore core = member(new HardState(6, 0, 0), false, 1, 4, 4, 4, 4);
    core.step(new Message.Append(2, ME, 6, 5, 3, 0, List.of()));
    assertThat(settle(core)).containsExactly(new Message.AppendReply(ME, 2, 6, 5, false, 1, 1));
  }

  /** Figure 2, append, rule 5: commit is the lesser of the leader's and the last new entry. */
  @Test
  void doesNotCommitBeyondWhatTheAppendProved() {
    RaftCore core = member(new HardState(3, 0, 0), false, 1, 1, 1, 1);
    core.step(new Message.Append(2, ME, 3, 1, 1, 4, List.of(entry(1, 2))));
    assertThat(core.log().commit()).isEqualTo(2);
  }

  /** Section 5.4.1: a vote goes only to a log that is at least as up to date. */
  @ParameterizedTest
  @CsvSource({"2,3,true", "9,1,false", "1,3,false", "1,4,true", "2,4,true", "3,3,true"})
  void votesForUpToDateLogsOnly(long lastIndex, long lastTerm, boolean granted) {
    RaftCore core = member(new HardState(3, 0, 0), false, 1, 3);
    core.step(new Message.Vote(2, ME, 5, new LogPosition(lastIndex, lastTerm, 0, 0), false));
    Message.VoteReply reply = (Message.VoteReply) settle(core).get(0);
    assertThat(reply.granted()).isEqualTo(granted);
    assertThat(core.term()).isEqualTo(5);
  }

  /** Section 5.4.2: entries of earlier terms are committed only by one of the leader's own. */
  @Test
  void countsCopiesOnlyOfItsOwnTerm() {
    RaftCore core = leader(1, 1);
    settle(core);
    core.step(new Message.AppendReply(2, ME, 2, 2, true, 0, 0));
    core.step(new Message.AppendReply(3, ME, 2, 2, true, 0, 0));
    assertThat(core.log().commit()).isZero();
    core.step(new Message.AppendReply(2, ME, 2, 3, true, 0, 0));
    assertThat(core.log().commit()).isZero();
    core.step(new Message.AppendReply(3, ME, 2, 3, true, 0, 0));
    assertThat(core.log().commit()).isEqualTo(3);
  }

  /** Section 5.3: the leader's own copy counts when it is durable, not before. */
  @Test
  void itsOwnCopyCountsWhenDurable() {
    RaftCore core = leader();
    Ready ready = core.ready();
    core.step(new Message.AppendReply(2, ME, 1, 1, true, 0, 0));
    core.step(new Message.AppendReply(3, ME, 1, 1, true, 0, 0));
    assertThat(core.log().commit()).isZero();
    core.persisted(ready.persist().ticket());
    assertThat(core.log().commit()).isEqualTo(1);
  }

  /** Dissertation, section 4.1: a member with a committed change that it has not applied waits. */
  @Test
  void doesNotStandWithAnUnappliedChange() {
    RaftCore core = memberOf(3, new HardState(1, 0, 0), false, 1);
    Bytes change = ConfChange.of(ConfChange.Op.ADD_VOTER, 4).encode();
    Entry entry = new Entry(1, 2, Entry.Kind.CONF_CHANGE, change);
    core.step(new Message.Append(2, ME, 1, 1, 1, 2, List.of(entry)));
    assertThat(core.campaign()).isFalse();
    Ready ready = core.ready();
    core.persisted(ready.persist().ticket());
    assertThat(core.ready().committed()).hasSize(1);
    assertThat(core.campaign()).isFalse();
    core.applyConfChange(2, ConfChange.decode(change));
    core.applied(2);
    assertThat(core.campaign()).isTrue();
    assertThat(core.membership().voters()).containsExactly(1L, 2L, 3L, 4L);
  }

  /** Dissertation, section 4.2.3: who hears a leader does not answer candidates. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shieldsALeaderExceptFromItsOwnTransfer(boolean transfer) {
    RaftCore core = member(HardState.INITIAL, false);
    core.step(new Message.Heartbeat(2, ME, 1, 0, 0));
    settle(core);
    core.step(new Message.Vote(3, ME, 2, new LogPosition(0, 0, 0, 0), transfer));
    assertThat(core.term()).isEqualTo(transfer ? 2 : 1);
    assertThat(settle(core)).hasSize(transfer ? 1 : 0);
  }

  /** Dissertation, section 6.2: a leader without a quorum steps down, whatever else it does. */
  @Test
  void transfersWithoutEndDoNotKeepALeaderThatNobodyHears() {
    RaftCore core = leader(1);
    for (int tick = 0; tick < 2 * ELECTION_TICKS; tick++) {
      core.transferLeadership(2 + tick % 2);
      core.tick();
      settle(core);
    }
    assertThat(core.roleKind()).isNotEqualTo(RoleKind.LEADER);
  }

  /** Dissertation, section 9.6: a pre-vote changes neither term nor vote. */
  @Test
  void aPreVoteChangesNothing() {
    RaftCore core = member(new HardState(1, 3, 0), true);
    core.step(new Message.PreVote(2, ME, 2, new LogPosition(0, 0, 0, 0)));
    Ready ready = core.ready();
    assertThat(ready.messages()).containsExactly(new Message.PreVoteReply(ME, 2, 2, true, 0, 0));
    assertThat(ready.persist()).isNull();
    assertThat(core.term()).isEqualTo(1);
  }

  /**
   * Who asks may lack only the knowledge of what is committed, and be a term ahead of all who could
   * tell: it must not drop their refusals as stale.
   */
  @Test
  void refusesAPreVoteInTheTermOfWhoAsks() {
    RaftCore core = member(new HardState(1, 0, 1), true, 1, 1);
    core.step(new Message.PreVote(2, ME, 5, new LogPosition(1, 1, 0, 0)));
    assertThat(core.ready().messages())
        .containsExactly(new Message.PreVoteReply(ME, 2, 4, false, 1, 1));
    assertThat(core.term()).isEqualTo(1);
  }

  /** Dissertation, section 3.10: the target stands at once, without a pre-vote. */
  @Test
  void standsAtOnceWhenTold() {
    RaftCore core = member(new HardState(1, 0, 0), true);
    core.step(new Message.TimeoutNow(2, ME, 1));
    assertThat(core.ready().messagesAfterPersist())
        .contains(new Message.Vote(ME, 2, 2, new LogPosition(0, 0, 0, 0), true));
  }

  /** Section 7: a snapshot replaces a log that does not hold its last entry. */
  @ParameterizedTest
  @CsvSource({"3,2,true", "3,1,false", "9,4,true"})
  void takesASnapshotUnlessItHoldsAllOfIt(long index, long term, boolean replaced) {
    RaftCore core = member(new HardState(4, 0, 0), false, 1, 1, 1);
    Membership other = Membership.of(Set.of(1L, 7L));
    core.step(new Message.InstallSnapshot(2, ME, 4, new SnapshotMeta(index, term, other)));
    Ready.Persist persist = core.ready().persist();
    assertThat(persist != null).isEqualTo(replaced);
    assertThat(core.log().commit()).isEqualTo(index);
    assertThat(core.membership().equals(other)).isEqualTo(replaced);
    if (persist != null) {
      assertThat(core.log().applied()).isZero();
      core.persisted(persist.ticket());
      assertThat(core.log().applied()).isEqualTo(index);
    }
  }

  /** Section 8: a leader answers a read only after a majority answered it. */
  @Test
  void readsNeedAMajority() {
    RaftCore core = leader();
    settle(core);
    core.step(new Message.AppendReply(2, ME, 1, 1, true, 0, 0));
    core.step(new Message.AppendReply(3, ME, 1, 1, true, 0, 0));
    settle(core);
    core.readIndex(42);
    core.ready();
    core.step(new Message.HeartbeatReply(2, ME, 1, 1));
    assertThat(core.ready().reads()).isEmpty();
    core.step(new Message.HeartbeatReply(2, ME, 1, 1));
    assertThat(core.ready().reads()).isEmpty();
    core.step(new Message.HeartbeatReply(4, ME, 1, 1));
    assertThat(core.ready().reads()).containsExactly(new ReadState(42, 1));
  }

  /** Section 5.3, log matching: only an entry of the same term is the same entry. */
  @Test
  void commitsWhatTheLeaderTellsOnlyIfItHoldsThatEntry() {
    RaftCore core = member(new HardState(3, HardState.NOBODY, 0), true, 1, 2, 2);
    core.step(new Message.Commit(2, ME, 3, 3, 3));
    assertThat(core.log().commit()).isZero();
    core.step(new Message.Commit(2, ME, 3, 4, 3));
    assertThat(core.log().commit()).isZero();
    core.step(new Message.Commit(2, ME, 3, 2, 2));
    assertThat(core.log().commit()).isEqualTo(2);
    core.step(new Message.Commit(2, ME, 3, 1, 1));
    assertThat(core.log().commit()).isEqualTo(2);
    assertThat(core.leader()).isEqualTo(2);
    assertThat(settle(core)).isEmpty();
  }
}
