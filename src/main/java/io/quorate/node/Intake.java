package io.quorate.node;

import io.quorate.base.EtcdError;
import io.quorate.raft.ConfChange;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.ProposeResult;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RoleKind;
import io.quorate.raft.Solitude;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings what this member's clients ask to the core. What nobody waits for any more is left out.
 * While no leader is known everything waits, as with etcd; so it does while there is no link to the
 * leader, since what is sent into the void is never answered. Used by the RaftActor's thread.
 */
final class Intake {
  /** Proposals handed to the core at once. */
  private static final int PROPOSALS_MAX = 4_096;

  /** And so many bytes: it must fit into one message, and into one record of the journal. */
  private static final int PROPOSALS_BYTES_MAX = 1 << 20;

  /** After so many ticks without an answer a read is asked for again: the question may be lost. */
  private static final int READ_RETRY_TICKS = 5;

  private final RaftInbox inbox;
  private final Proposals proposals;
  private final ReadQueue reads;
  private final Peering peering;
  private final Solitude solitude = new Solitude();
  private int readTicks;

  Intake(RaftActor.Peers peers) {
    this.inbox = peers.inbox();
    this.proposals = peers.proposals();
    this.reads = peers.reads();
    this.peering = peers.peering();
  }

  private boolean reachesLeader(RaftCore raft) {
    long leader = raft.leader();
    return leader == raft.id() || (leader != HardState.NOBODY && peering.reaches(leader));
  }

  /** A tick passed. */
  void tick(RaftCore raft, long nowNanos) {
    proposals.expire(nowNanos, inbox::ids);
    reads.expire(nowNanos);
    if (!reachesLeader(raft)) {
      // Else what was refused as late would gather until there is a leader, and be done then.
      inbox.dropUnless(proposals::isPending);
    } else if (!inbox.isEmpty()) {
      inbox.wake();
    }
    readTicks++;
    if (readTicks >= READ_RETRY_TICKS && reads.unanswered() != 0) {
      readTicks = 0;
      raft.readIndex(reads.unanswered());
    }
  }

  /** Begins the next round of reads, if it is time; to be called before messages leave. */
  void askReads(RaftCore raft, long applied) {
    reads.setAtOnce(solitude.isAt(raft, applied));
    long context = reads.nextRound();
    if (context != 0) {
      readTicks = 0;
      // Without a leader it is asked again when there is one, and refused when that takes too long.
      raft.readIndex(context);
    }
  }

  /** Role, leader or term are others: what was asked before may never be answered. */
  void roleChanged(RaftCore raft) {
    long unanswered = reads.unanswered();
    if (unanswered != 0) {
      raft.readIndex(unanswered);
    }
    if (raft.leader() != HardState.NOBODY) {
      inbox.wake();
    }
  }

  /** There is a way to {@code member} now. */
  void linkUp(RaftCore raft, long member) {
    if (raft.leader() == member) {
      inbox.wake();
      readTicks = READ_RETRY_TICKS;
    }
  }

  /** Takes what waits. */
  void drain(RaftCore raft) {
    inbox.awake();
    if (!reachesLeader(raft)) {
      // They wait, as with etcd for a leader, and are refused when that takes too long.
      return;
    }
    List<RaftInbox.Proposal> taken = inbox.take(PROPOSALS_MAX, PROPOSALS_BYTES_MAX);
    List<RaftInbox.Proposal> commands = new ArrayList<>(taken.size());
    for (RaftInbox.Proposal proposal : taken) {
      if (proposal.kind() == Entry.Kind.CONF_CHANGE) {
        change(raft, proposal);
      } else if (proposal.leaderTerm() == RaftInbox.ANY_TERM
          || leads(raft, proposal.leaderTerm())) {
        commands.add(proposal);
      } else {
        proposals.fail(proposal.id(), EtcdError.NOT_LEADER.exception());
      }
    }
    boolean later = !commands.isEmpty() && !propose(raft, commands);
    if (!later && !inbox.isEmpty()) {
      inbox.wake();
    }
  }

  /** Whether the leader takes something now, at all. */
  private boolean propose(RaftCore raft, List<RaftInbox.Proposal> commands) {
    commands.forEach(proposal -> proposals.taken(proposal.id(), raft.term()));
    ProposeResult result = raft.propose(commands.stream().map(RaftInbox.Proposal::data).toList());
    if (result == ProposeResult.TRANSFERRING) {
      // Whoever leads in a moment takes them, or this member, if nobody does.
      commands.forEach(proposal -> proposals.notTaken(proposal.id()));
      inbox.putBack(commands);
      return false;
    }
    if (!result.accepted()) {
      commands.forEach(proposal -> refuse(proposal.id(), result));
    }
    return true;
  }

  private static boolean leads(RaftCore raft, long term) {
    return raft.roleKind() == RoleKind.LEADER && raft.term() == term;
  }

  private void change(RaftCore raft, RaftInbox.Proposal proposal) {
    proposals.taken(proposal.id(), raft.term());
    ProposeResult result = raft.proposeConfChange(ConfChange.decode(proposal.data()));
    if (!result.accepted()) {
      refuse(proposal.id(), result);
    }
  }

  private void refuse(long id, ProposeResult result) {
    EtcdError error =
        switch (result) {
          case TOO_MANY_BYTES, CHANGE_PENDING -> EtcdError.REQUEST_TOO_MANY_REQUESTS;
          case CHANGE_ILLEGAL -> EtcdError.UNHEALTHY;
          case TRANSFERRING -> EtcdError.LEADER_CHANGED;
          default -> EtcdError.NO_LEADER;
        };
    proposals.fail(id, error.exception());
  }
}
