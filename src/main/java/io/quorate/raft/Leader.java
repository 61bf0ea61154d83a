package io.quorate.raft;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.raft.progress.Inflights;
import io.quorate.raft.progress.Progress;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Leads its term (Raft paper, section 5.3). */
final class Leader extends Role {
  private final Followers followers;
  private final ReadIndexQueue reads;
  private final Inflights proposals;
  private final LongUnaryOperator matches;
  private int heartbeatElapsed;
  private int electionElapsed;
  private int transferElapsed;
  private long transferee = HardState.NOBODY;
  private boolean resigning;

  Leader(RaftCore core) {
    super(core);
    this.followers = new Followers(core);
    this.matches = followers::matchOf;
    this.reads = new ReadIndexQueue(core.config().limits().readsPendingMax());
    this.proposals = new Inflights(Integer.MAX_VALUE, core.config().limits().proposalBytesMax());
  }

  @Override
  RoleKind kind() {
    return RoleKind.LEADER;
  }

  /** Opens the term with an empty entry: it commits what earlier terms left (section 5.4.2). */
  void start() {
    followers.retain(core.membership(), false);
    followers.persistedSelf(core.log().persisted());
    append(Entry.Kind.NORMAL, List.of(Bytes.EMPTY));
    leaveJointIfDue();
  }

  @Override
  void tick() {
    electionElapsed++;
    transferElapsed++;
    heartbeatElapsed++;
    if (!checkQuorum() || !checkTransfer()) {
      return;
    }
    followers.tick();
    if (heartbeatElapsed >= core.config().heartbeatTicks()) {
      heartbeatElapsed = 0;
      followers.heartbeats(reads.round());
    }
  }

  // Who was not heard of for an election timeout does not count (dissertation, section 6.2).
  private boolean checkQuorum() {
    if (electionElapsed >= core.config().electionTicks()) {
      electionElapsed = 0;
      if (!core.quorum().reachedBy(followers::isActive)) {
        core.becomeFollower(core.term(), HardState.NOBODY);
        return false;
      }
      followers.resetActive();
    }
    return true;
  }

  // A transfer that took an election timeout has failed (dissertation, section 3.10). Its time is
  // its own: else whoever asks for one again and again would keep a leader that nobody hears.
  private boolean checkTransfer() {
    if (transferElapsed < core.config().electionTicks()) {
      Progress heir = followers.find(transferee);
      if (heir != null) {
        // The last word may have been lost, or have come before the heir could stand.
        hurryTransfer(heir);
      }
      return true;
    }
    transferee = HardState.NOBODY;
    if (resigning) {
      core.becomeFollower(core.term(), HardState.NOBODY);
      return false;
    }
    return true;
  }

  @Override
  void flush() {
    if (mayRead() && reads.startRound(core.log().commit())) {
      if (core.quorum().isOnly(core.id())) {
        answerReads();
      } else {
        followers.heartbeats(reads.round());
      }
    }
    followers.replicate();
  }

  @Override
  void persisted(HardState hard) {
    followers.persistedSelf(core.log().persisted());
    maybeCommit();
  }

  @Override
  void applied() {
    proposals.freeTo(core.log().applied());
    leaveJointIfDue();
  }

  @Override
  void membershipChanged() {
    if (!core.quorum().contains(core.id())) {
      // Removed, or a learner now: the others elect one of them (paper, end of section 6).
      Progress heir = furthest();
      if (heir != null) {
        core.outbox().send(new Message.TimeoutNow(core.id(), heir.id(), core.term()));
      }
      core.becomeFollower(core.term(), HardState.NOBODY);
      return;
    }
    // A new member has a whole election timeout to be heard of before check-quorum misses it.
    followers.retain(core.membership(), true);
    if (!core.membership().voters().contains(transferee)) {
      transferee = HardState.NOBODY;
    }
    maybeCommit();
    confirmReads();
  }

  @Override
  ProposeResult propose(Entry.Kind kind, List<Bytes> payloads) {
    if (transferee != HardState.NOBODY || resigning) {
      return ProposeResult.TRANSFERRING;
    }
    long bytes = 0;
    for (Bytes payload : payloads) {
      bytes += Entry.OVERHEAD_BYTES + payload.size();
    }
    if (proposals.bytes() > 0 && bytes > proposals.room()) {
      return ProposeResult.TOO_MANY_BYTES;
    }
    if (kind == Entry.Kind.CONF_CHANGE) {
      for (Bytes payload : payloads) {
        ProposeResult refusal = refusalOf(payload);
        if (refusal != ProposeResult.APPENDED) {
          return refusal;
        }
      }
    }
    append(kind, payloads);
    proposals.add(core.log().last(), bytes);
    return ProposeResult.APPENDED;
  }

  // One change at a time, and only from a membership that is in force here: then any two
  // memberships
  // that members act upon at the same time have overlapping majorities (dissertation, section 4.1).
  private ProposeResult refusalOf(Bytes payload) {
    if (core.log().hasUnappliedConfChange(core.log().last())) {
      return ProposeResult.CHANGE_PENDING;
    }
    try {
      Reconfiguration.apply(core.membership(), ConfChange.decode(payload));
      return ProposeResult.APPENDED;
    } catch (IllegalArgumentException e) {
      return ProposeResult.CHANGE_ILLEGAL;
    }
  }

  private void append(Entry.Kind kind, List<Bytes> payloads) {
    RaftLog log = core.log();
    for (Bytes payload : payloads) {
      Entry entry = new Entry(core.term(), log.last() + 1, kind, payload);
      log.add(entry);
      followers.appended(entry.sizeBytes());
    }
  }

  private void leaveJointIfDue() {
    Membership membership = core.membership();
    if (membership.isJoint()
        && membership.autoLeave()
        && !core.log().hasUnappliedConfChange(core.log().last())) {
      append(Entry.Kind.CONF_CHANGE, List.of(ConfChange.LEAVE_JOINT.encode()));
    }
  }

  // Only entries of the own term are committed by counting; the others with them (section 5.4.2).
  private void maybeCommit() {
    RaftLog log = core.log();
    long agreed = core.quorum().agreed(matches);
    if (agreed > log.commit() && agreed <= log.last() && log.term(agreed) == core.term()) {
      log.commitFirst(agreed);
    }
  }

  // Before an entry of its own term is committed, a leader does not know what is (section 8).
  private boolean mayRead() {
    RaftLog log = core.log();
    return log.term(log.commit()) == core.term();
  }

  @Override
  boolean readIndex(long context) {
    return reads.add(core.id(), context);
  }

  private void confirmReads() {
    long round = reads.round();
    if (round == 0) {
      return;
    }
    long confirmed =
        core.quorum().agreed(id -> id == core.id() ? round : followers.confirmedRoundOf(id));
    if (confirmed >= round) {
      answerReads();
    }
  }

  private void answerReads() {
    long index = reads.roundIndex();
    for (ReadIndexQueue.Read read : reads.finishRound()) {
      if (read.from() == core.id()) {
        core.outbox().read(read.context(), index);
      } else {
        core.outbox()
            .send(new Message.ReadIndexReply(core.id(), read.from(), read.context(), index));
      }
    }
  }

  @Override
  boolean transfer(long target) {
    Progress progress = followers.find(target);
    if (progress == null || target == core.id() || !core.membership().voters().contains(target)) {
      return false;
    }
    if (transferee == target) {
      return true;
    }
    if (!progress.isActive()) {
      // Proposals would wait in vain for one that is not there.
      return false;
    }
    transferee = target;
    if (!resigning) {
      transferElapsed = 0;
    }
    hurryTransfer(progress);
    return true;
  }

  /**
   * Hands over to whom it is handing over already, else to the voter that is furthest, or just
   * stops leading when nobody takes it.
   */
  void resign() {
    if (resigning) {
      return;
    }
    Progress chosen = followers.find(transferee);
    Progress heir = chosen != null && chosen.isActive() ? chosen : furthest();
    if (heir == null || !transfer(heir.id())) {
      core.becomeFollower(core.term(), HardState.NOBODY);
      return;
    }
    resigning = true;
  }

  // The voter heard of lately that holds most of the log.
  private @Nullable Progress furthest() {
    Progress best = null;
    for (Progress progress : followers.all()) {
      if (progress.id() != core.id()
          && progress.isActive()
          && core.membership().voters().contains(progress.id())
          && (best == null || progress.match() > best.match())) {
        best = progress;
      }
    }
    return best;
  }

  private void hurryTransfer(Progress progress) {
    if (progress.id() == transferee && progress.match() == core.log().last()) {
      core.outbox().send(new Message.TimeoutNow(core.id(), transferee, core.term()));
    }
  }

  @Override
  public void appendReply(Message.AppendReply m) {
    Progress progress = followers.find(m.from());
    if (progress == null) {
      return;
    }
    progress.heard();
    RaftLog log = core.log();
    if (!m.granted()) {
      progress.refused(m.index(), log.lastNotAbove(m.hintTerm(), m.hintIndex()));
    } else if (m.index() <= log.last() && progress.granted(m.index(), log.first())) {
      maybeCommit();
      hurryTransfer(progress);
    }
  }

  @Override
  public void heartbeatReply(Message.HeartbeatReply m) {
    Progress progress = followers.find(m.from());
    if (progress == null) {
      return;
    }
    progress.heartbeatAnswered(core.log().last());
    progress.confirmed(m.round());
    confirmReads();
  }

  @Override
  public void propose(Message.Propose m) {
    propose(m.entryKind(), m.payloads());
  }

  // Whoever asks followed this member when the read had come already: it had voted for no later
  // leader by then. If the two are a quorum, none had been elected (dissertation, section 6.4).
  @Override
  public void readIndex(Message.ReadIndex m) {
    if (mayRead() && core.quorum().reachedBy(id -> id == core.id() || id == m.from())) {
      long index = core.log().commit();
      core.outbox().send(new Message.ReadIndexReply(core.id(), m.from(), m.context(), index));
    } else {
      reads.add(m.from(), m.context());
    }
  }

  @Override
  public void transfer(Message.Transfer m) {
    transfer(m.target());
  }

  @Override
  public void append(Message.Append m) {
    refuseSecondLeader(m);
  }

  @Override
  public void commit(Message.Commit m) {
    refuseSecondLeader(m);
  }

  @Override
  public void heartbeat(Message.Heartbeat m) {
    refuseSecondLeader(m);
  }

  @Override
  public void installSnapshot(Message.InstallSnapshot m) {
    refuseSecondLeader(m);
  }

  private void refuseSecondLeader(Message m) {
    throw new IllegalStateException(
        "member " + m.from() + " leads term " + m.term() + ", too, which cannot be");
  }

  /** What was sent to {@code id} is probably lost. */
  void unreachable(long id) {
    Progress progress = followers.find(id);
    if (progress != null) {
      progress.unreachable();
    }
  }

  /** The sending of a snapshot to {@code id} ended. */
  void snapshotEnded(long id, boolean arrived) {
    Progress progress = followers.find(id);
    if (progress != null) {
      progress.snapshotEnded(arrived);
    }
  }

  /** Who the leader leads, in the order of ids. */
  List<Progress> progress() {
    return List.of(followers.all());
  }
}
