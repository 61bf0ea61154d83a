package io.quorate.raft;

import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.raft.progress.Progress;
import io.quorate.raft.quorum.Quorum;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * One member of a Raft group as a pure value machine. Messages, ticks and requests go in; what is
 * to be done comes out of {@link #ready}. It knows no clock, thread, disk or network, so the same
 * code runs in a process and in a simulator. Not safe to share between threads.
 *
 * <p>The owner's loop, after anything went in:
 *
 * <pre>
 *   ready = core.ready()
 *   messages leave; persist goes to the journal; committed goes to the state machine
 *   ... when the journal is done:        its messagesAfterPersist leave; core.persisted(ticket)
 *   ... when the state machine is done:  core.applyConfChange for each change; core.applied(index)
 * </pre>
 *
 * Both acknowledgements may be late; {@link #ready} may be called at any time meanwhile. At most
 * one {@link Ready.Persist} is handed out at a time: what gathers during a write shares the next
 * one.
 *
 * <p>A new group begins with a log whose {@linkplain RaftLog#base base} is entry 1 of term 1 at
 * every founding member, {@code new HardState(1, NOBODY, 1)} and {@code applied} 1, so that whoever
 * joins later with an empty log (base 0, an empty membership) cannot be served from it: the
 * snapshot that it gets instead carries the membership, which the log's beginning does not.
 *
 * <p>The core never trusts time: no read and no promise rests on a lease. Its terms are those of
 * the Raft paper; a failed invariant throws {@link IllegalStateException}, after which the member
 * stops.
 */
public final class RaftCore {
  private final RaftConfig config;
  private final RaftLog log;
  private final SeededRandom random;
  private final Outbox outbox;

  private long term;
  private long vote;
  private long leader = HardState.NOBODY;
  private Membership membership;
  private long membershipIndex;
  private Quorum quorum;
  private Role role;
  private boolean admitted = true;
  private boolean repairing;
  private int electionElapsed;
  private int electionTimeout;

  /**
   * A follower with what the disk held.
   *
   * @param log filled by recovery
   * @param hard the last that was persisted; {@link HardState#INITIAL} for a new member
   * @param membership that in force at {@code applied}
   * @param applied what the state machine holds already; what follows is handed out again
   * @param random where election timeouts come from
   */
  public RaftCore(
      RaftConfig config,
      RaftLog log,
      HardState hard,
      Membership membership,
      long applied,
      SeededRandom random) {
    log.start(applied, hard.commit());
    this.config = config;
    this.log = log;
    this.random = random;
    this.term = hard.term();
    this.vote = hard.vote();
    this.membership = membership;
    this.membershipIndex = applied;
    this.quorum = new Quorum(membership.voters(), membership.outgoing());
    this.role = new Follower(this);
    this.outbox = new Outbox(log, hard, softState(), config.limits().applyBytesMax());
    Check.that(
        term >= log.lastTerm(), "term %d is below that of the last entry %d", term, log.lastTerm());
    restartElectionTimer();
  }

  /** Takes a message of another member; drops it if it is somebody else's, or while withheld. */
  public void step(Message m) {
    if (!admitted || m.to() != config.id() || m.from() == config.id()) {
      return;
    }
    if (m.term() > term) {
      if (!raiseTerm(m)) {
        return;
      }
    } else if (m.term() != 0 && m.term() < term) {
      answerStale(m);
      return;
    }
    m.accept(role);
  }

  /** One tick passed; how long one is, is the owner's choice (etcd: the heartbeat interval). */
  public void tick() {
    if (admitted) {
      electionElapsed++;
      role.tick();
    }
  }

  /**
   * Stands for election now, instead of waiting for the timeout: the first election of a fresh
   * member, and that after {@link #forgetLeader}. Whether it may: not as leader, learner or
   * non-member, nor while a committed change of the membership is not applied.
   */
  public boolean campaign() {
    if (!mayCampaign()) {
      return false;
    }
    if (config.preVote()) {
      becomePreCandidate();
    } else {
      becomeCandidate(false);
    }
    return true;
  }

  /**
   * Appends commands, or forwards them to the leader, in this order and next to each other. There
   * is at least one.
   */
  public ProposeResult propose(List<Bytes> payloads) {
    Check.that(!payloads.isEmpty(), "nothing is proposed");
    return role.propose(Entry.Kind.NORMAL, payloads);
  }

  /**
   * Proposes a change of the membership. It is in force when {@link #applyConfChange} is called for
   * its entry, at each member.
   */
  public ProposeResult proposeConfChange(ConfChange change) {
    return role.propose(Entry.Kind.CONF_CHANGE, List.of(change.encode()));
  }

  /**
   * Asks from which index on a read is linearizable (dissertation, section 6.4). The answer is a
   * {@link ReadState} with {@code context}, which the owner makes unique; it may never come, if the
   * leader changes meanwhile. False if no leader is known or too many reads wait.
   */
  public boolean readIndex(long context) {
    return role.readIndex(context);
  }

  /**
   * Hands leadership to the voter {@code target} (dissertation, section 3.10), here or by a message
   * to the leader. False if it cannot begin, for one because nothing was heard of {@code target}
   * lately. Until it ends or an election timeout has passed the leader refuses proposals.
   */
  public boolean transferLeadership(long target) {
    return role.transfer(target);
  }

  /**
   * For a leader that cannot do its work (its disk or its state machine stalls): hands over to the
   * voter that is furthest, and steps down after an election timeout even if that one does not take
   * it. A sole voter goes on, since nobody else can. Whether this member led and is not alone.
   */
  public boolean resign() {
    if (!(role instanceof Leader leading) || quorum.isOnly(config.id())) {
      return false;
    }
    leading.resign();
    return true;
  }

  /**
   * The leader's process is known to be gone (its link closed and nobody listens there): no vote is
   * held back for its sake any more. Safe at any time, since nothing rests on the leader's lease.
   * The owner calls {@link #campaign} after some jitter. Whether this changed anything.
   */
  public boolean forgetLeader() {
    if (role.kind() != RoleKind.FOLLOWER || leader == HardState.NOBODY) {
      return false;
    }
    leader = HardState.NOBODY;
    return true;
  }

  /**
   * Before anything else goes in: this member's disk may have been wiped, so it neither votes nor
   * acknowledges nor stands until {@link #admit}. It could otherwise take back a promise.
   */
  public void withhold() {
    admitted = false;
  }

  /**
   * It is certain that this member has acknowledged nothing that it forgot. It may have voted or
   * led: up to {@code heard}, the highest term that the others know of, it does neither.
   */
  public void admit(long heard) {
    admitted = true;
    if (heard > term) {
      enter(heard);
      vote = config.id();
    }
  }

  /**
   * Before anything else goes in: the state machine is damaged or gone, while the log is whole. So
   * this member keeps its promises, votes and acknowledges, but neither applies nor leads until it
   * has a state again: by {@link #rewind}, or by a snapshot beyond its log.
   */
  public void awaitRepair() {
    repairing = true;
  }

  /** Whether the log holds everything that follows the snapshot. */
  public boolean canRewind(SnapshotMeta meta) {
    return repairing && log.matches(meta.index(), meta.term());
  }

  /** The state machine is that of {@code meta}: entries that follow it are handed out again. */
  public void rewind(SnapshotMeta meta) {
    Check.that(canRewind(meta), "snapshot %d is not in the log", meta.index());
    endRepair();
    log.rewind(meta.index());
    changeMembership(meta.index(), meta.membership());
  }

  void endRepair() {
    repairing = false;
  }

  /** Messages to {@code member} were probably lost. */
  public void reportUnreachable(long member) {
    if (role instanceof Leader leading) {
      leading.unreachable(member);
    }
  }

  /** The sending of a snapshot to {@code member} ended; {@code arrived} if it was taken whole. */
  public void reportSnapshot(long member, boolean arrived) {
    if (role instanceof Leader leading) {
      leading.snapshotEnded(member, arrived);
    }
  }

  /**
   * A change of the membership was reached in the applied log: it is in force from now on. To be
   * called in the order of the log, before {@link #applied} covers its entry. Not called for one
   * that the state machine refused, on all members alike. No effect for an entry that a snapshot
   * has overtaken. Throws {@link IllegalArgumentException} for a change that the membership does
   * not allow.
   *
   * @param index the entry's
   * @return the membership in force
   */
  public Membership applyConfChange(long index, ConfChange change) {
    if (index > membershipIndex) {
      changeMembership(index, Reconfiguration.apply(membership, change));
    }
    return membership;
  }

  /** The journal made durable what {@code ticket} stands for; throws for any but the last one. */
  public void persisted(long ticket) {
    Ready.Persist done = outbox.persisted(ticket);
    role.persisted(done.hardState());
    if (done.snapshot() != null) {
      role.applied();
    }
  }

  /** The state machine holds everything up to {@code index}. */
  public void applied(long index) {
    outbox.applied(index);
    role.applied();
  }

  /**
   * Discards the log up to {@code index}, which is applied and will not be asked of the {@link
   * LogSource} again. A follower that needs it gets a snapshot instead.
   */
  public void compact(long index) {
    log.compact(index);
  }

  /** What is to be done since the last call; {@link Ready#isEmpty} when nothing. */
  public Ready ready() {
    role.flush();
    return outbox.ready(new HardState(term, vote, log.commit()), softState(), !repairing);
  }

  /** The settings. */
  public RaftConfig config() {
    return config;
  }

  /** This member's id. */
  public long id() {
    return config.id();
  }

  /** The current term. */
  public long term() {
    return term;
  }

  /** The leader of the current term, or {@link HardState#NOBODY} while unknown. */
  public long leader() {
    return leader;
  }

  /** What this member is. */
  public RoleKind roleKind() {
    return role.kind();
  }

  /** Who votes and who listens. */
  public Membership membership() {
    return membership;
  }

  /** The log and its cursors, to read. */
  public RaftLog log() {
    return log;
  }

  /** What a leader knows of each member, in the order of ids, to read; nothing elsewhere. */
  public List<Progress> progress() {
    return role instanceof Leader leading ? leading.progress() : List.of();
  }

  Outbox outbox() {
    return outbox;
  }

  Quorum quorum() {
    return quorum;
  }

  Role role() {
    return role;
  }

  // Rules for all members, paper, figure 2: a higher term is followed. Not that of a pre-vote,
  // which
  // nobody has entered; nor that of a candidate while a leader is heard of (dissertation, section
  // 4.2.3), unless the leader itself sent it.
  private boolean raiseTerm(Message m) {
    boolean asks = m.kind() == Message.Kind.PRE_VOTE || m.kind() == Message.Kind.VOTE;
    boolean sent = m instanceof Message.Vote ask && ask.transfer();
    if (asks && !sent && hearsLeader()) {
      return false;
    }
    boolean entered =
        m.kind() != Message.Kind.PRE_VOTE
            && !(m instanceof Message.PreVoteReply reply && reply.granted());
    if (entered) {
      becomeFollower(m.term(), m.kind().isOfLeader() ? m.from() : HardState.NOBODY);
    }
    return true;
  }

  private boolean hearsLeader() {
    return role.kind() == RoleKind.LEADER
        || (leader != HardState.NOBODY && electionElapsed < config.electionTicks());
  }

  // Whoever is behind learns the term. A leader must, since with pre-vote this member would never
  // disturb it by a candidacy; a candidate must, since its log may be the only one that can win.
  private void answerStale(Message m) {
    LogPosition known = log.position();
    if (m.kind().isOfLeader()) {
      outbox.sendAfterPersist(new Message.AppendReply(id(), m.from(), term, 0, false, 0, 0));
    } else if (m.kind() == Message.Kind.PRE_VOTE) {
      outbox.send(
          new Message.PreVoteReply(
              id(), m.from(), term, false, known.commit(), known.commitTerm()));
    } else if (m.kind() == Message.Kind.VOTE) {
      outbox.sendAfterPersist(
          new Message.VoteReply(id(), m.from(), term, false, known.commit(), known.commitTerm()));
    }
  }

  /** Whether nothing speaks against a vote for {@code candidate} in the current term. */
  boolean mayVoteFor(long candidate) {
    return vote == candidate || (vote == HardState.NOBODY && leader == HardState.NOBODY);
  }

  void voteFor(long candidate) {
    vote = candidate;
    electionElapsed = 0;
  }

  /** A message of the current term's leader came. */
  void follow(long from) {
    Check.that(
        leader == HardState.NOBODY || leader == from,
        "members %d and %d both lead term %d",
        leader,
        from,
        term);
    leader = from;
    electionElapsed = 0;
  }

  boolean electionTimeoutPassed() {
    return electionElapsed >= electionTimeout && mayCampaign();
  }

  void campaignForTransfer() {
    if (mayCampaign()) {
      becomeCandidate(true);
    }
  }

  private boolean mayCampaign() {
    return admitted
        && !repairing
        && role.kind() != RoleKind.LEADER
        && quorum.contains(config.id())
        && log.applied() >= log.first() - 1
        && !log.hasUnappliedConfChange(log.commit());
  }

  void becomeFollower(long newTerm, long newLeader) {
    enter(newTerm);
    leader = newLeader;
    role = new Follower(this);
    restartElectionTimer();
  }

  private void becomePreCandidate() {
    leader = HardState.NOBODY;
    restartElectionTimer();
    PreCandidate next = new PreCandidate(this);
    role = next;
    next.start();
  }

  void becomeCandidate(boolean transfer) {
    enter(term + 1);
    vote = config.id();
    leader = HardState.NOBODY;
    restartElectionTimer();
    Candidate next = new Candidate(this, transfer);
    role = next;
    next.start();
  }

  void becomeLeader() {
    leader = config.id();
    Leader next = new Leader(this);
    role = next;
    next.start();
  }

  private void enter(long newTerm) {
    Check.that(newTerm >= term, "term %d would fall to %d", term, newTerm);
    if (newTerm > term) {
      term = newTerm;
      vote = HardState.NOBODY;
      outbox.dropDeferred();
    }
  }

  void changeMembership(long index, Membership next) {
    membership = next;
    membershipIndex = index;
    quorum = new Quorum(next.voters(), next.outgoing());
    role.membershipChanged();
  }

  void sendToVoters(LongConsumer send) {
    for (long id : membership.voters()) {
      if (id != config.id()) {
        send.accept(id);
      }
    }
    for (long id : membership.outgoing()) {
      if (id != config.id() && !membership.voters().contains(id)) {
        send.accept(id);
      }
    }
  }

  private void restartElectionTimer() {
    electionElapsed = 0;
    electionTimeout = config.electionTicks() + random.nextInt(config.electionTicks());
  }

  private SoftState softState() {
    return new SoftState(role.kind(), leader, term);
  }
}
