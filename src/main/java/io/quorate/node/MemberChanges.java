package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.apply.Member;
import io.quorate.apply.MemberChange;
import io.quorate.apply.MemberIds;
import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.raft.ConfChange;
import io.quorate.raft.HardState;
import io.quorate.raft.RaftCore;
import io.quorate.raft.progress.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of the membership as clients ask for them, with the strict checks of the reference
 * (server/etcdserver/server.go): a change that may cost the quorum is refused before it is
 * proposed. What the log refuses, {@link io.quorate.apply.StateMachine#changeMembers} does. Any
 * thread.
 */
public final class MemberChanges {
  private static final Logger LOG = LoggerFactory.getLogger(MemberChanges.class);

  /** How long others must have been connected to count as healthy. */
  private static final Duration HEALTHY_AFTER = Duration.ofSeconds(5);

  /** The part of the leader's log, in percent, that a learner must hold to be promoted. */
  private static final int READY_PERCENT = 90;

  private final Node node;
  private final NodeCluster cluster;

  MemberChanges(Node node, NodeCluster cluster) {
    this.node = node;
    this.cluster = cluster;
  }

  /** How far {@code member} is, in percent of the leader's log; -1 if {@code raft} cannot say. */
  static int percentOf(long member, RaftCore raft) {
    for (Progress each : raft.progress()) {
      if (each.id() == member) {
        return (int) (100 * each.match() / Math.max(1, raft.log().last()));
      }
    }
    return -1;
  }

  /** Adds {@code member}, whose id must be new; answers all members. */
  public CompletionStage<Answer> add(Member member) {
    if (node.settings().peers().strict()) {
      List<Member> voters = voters();
      if (!member.learner() && !isReadyToAdd(voters)) {
        return refused(EtcdError.MEMBER_NOT_ENOUGH_STARTED);
      }
      // The new member counts as one that is not there yet.
      if (voters.size() > 1 && connected(voters) < (voters.size() + 1) / 2 + 1) {
        return refused(EtcdError.UNHEALTHY);
      }
    }
    ConfChange.Op op = member.learner() ? ConfChange.Op.ADD_LEARNER : ConfChange.Op.ADD_VOTER;
    return cluster.change(op, new MemberChange.Step(MemberChange.Kind.ADD, member));
  }

  private static boolean isReadyToAdd(List<Member> voters) {
    long started = voters.stream().filter(MemberChanges::isStarted).count();
    boolean second = voters.size() == 1 && started == 1;
    return second || started >= (voters.size() + 1) / 2 + 1;
  }

  /** Removes member {@code id}; answers those that are left. */
  public CompletionStage<Answer> remove(long id) {
    if (id == HardState.NOBODY) {
      return refused(EtcdError.MEMBER_NOT_FOUND);
    }
    boolean learner =
        node.published().members().stream().anyMatch(m -> m.id() == id && m.learner());
    if (node.settings().peers().strict() && !learner) {
      EtcdError refusal = refusalToRemove(id);
      if (refusal != null) {
        return refused(refusal);
      }
    }
    return cluster.change(ConfChange.Op.REMOVE, MemberChange.step(MemberChange.Kind.REMOVE, id));
  }

  private @Nullable EtcdError refusalToRemove(long id) {
    List<Member> voters = voters();
    List<Member> others = voters.stream().filter(member -> member.id() != id).toList();
    long started = others.stream().filter(MemberChanges::isStarted).count();
    if (started < others.size() / 2 + 1) {
      return EtcdError.MEMBER_NOT_ENOUGH_STARTED;
    }
    boolean down = id != node.memberId() && cluster.connectedFor(id).isZero();
    // One that is down is no part of the active quorum.
    if (!down && connected(voters) - 1 < 1 + (voters.size() - 1) / 2) {
      return EtcdError.UNHEALTHY;
    }
    return null;
  }

  /** Gives member {@code id} other peer URLs; answers all members. */
  public CompletionStage<Answer> update(long id, List<String> peerUrls) {
    if (id == HardState.NOBODY) {
      return refused(EtcdError.MEMBER_NOT_FOUND);
    }
    return cluster.change(
        ConfChange.Op.UPDATE,
        new MemberChange.Step(
            MemberChange.Kind.UPDATE, new Member(id, "", peerUrls, List.of(), false)));
  }

  /** Makes the learner {@code id} a voter, by the leader; answers all members. */
  public CompletionStage<Answer> promote(long id) {
    return cluster.retried(() -> tryToPromote(id), MemberChanges::isForWantOfALeader);
  }

  private CompletionStage<Answer> tryToPromote(long id) {
    return node.isLeader()
        ? promoteAtLeader(id)
        : cluster
            .askLeader(Questions.Kind.PROMOTE, Bytes.ofLong(id))
            .thenApply(done -> new Answer.Members(0, Roster.decode(done).members()));
  }

  /** Then it waits for a leader, as other changes do. */
  private static boolean isForWantOfALeader(EtcdException refusal) {
    return refusal.text().equals(EtcdError.NO_LEADER.text())
        || refusal.text().equals(EtcdError.NOT_LEADER.text());
  }

  /** {@link #promote} for another member; refused with "not leader" when this one is not. */
  CompletionStage<Bytes> promoteHere(long id) {
    if (!node.isLeader()) {
      return refused(EtcdError.NOT_LEADER);
    }
    return promoteAtLeader(id).thenApply(this::roster);
  }

  /** An id for a member that is added now. */
  public long newId(List<String> peerUrls) {
    List<Long> taken = new ArrayList<>(node.published().removed());
    node.published().members().forEach(member -> taken.add(member.id()));
    return MemberIds.added(peerUrls, Instant.now(), taken);
  }

  /** The request of who lost the disk of {@code member}. */
  static Bytes replaceRequest(Member member) {
    return new ByteWriter(128).putLong(member.id()).putBytes(member.encode()).toBytes();
  }

  /**
   * Replaces a member whose disk is lost by a new one at the same URLs, in one change: a learner,
   * which is promoted when it is in sync.
   *
   * @param forwarded whether another member asks, so that this one has to lead
   * @return the roster afterwards
   */
  CompletionStage<Bytes> replace(Bytes request, boolean forwarded) {
    if (!node.settings().peers().newcomers().replaceLost()) {
      return CompletableFuture.failedFuture(
          precondition("members are only replaced with --replace-lost-member"));
    }
    if (!node.isLeader()) {
      return passOn(Questions.Kind.REPLACE, request, forwarded);
    }
    ByteReader in = new ByteReader(request);
    Member lost = Member.decode(in.getLong(), in.getBytes());
    return node.linearize().thenCompose(confirmed -> replaceAtLeader(lost)).thenApply(this::roster);
  }

  /** What a stranger asks is passed on once, to the leader. */
  private CompletionStage<Bytes> passOn(Questions.Kind kind, Bytes request, boolean forwarded) {
    return forwarded ? refused(EtcdError.NOT_LEADER) : cluster.askLeader(kind, request);
  }

  /** The request of who wants to be a member that is reached at {@code peerUrls}. */
  static Bytes joinRequest(List<String> peerUrls) {
    Member wanted = new Member(HardState.NOBODY, "", peerUrls, List.of(), true);
    return new ByteWriter(128).putBytes(wanted.encode()).toBytes();
  }

  /**
   * Adds whoever asks for it, as a learner, where {@link NodeSettings.Newcomers} admit it. Who was
   * added and has not heard of it may ask again: as long as it has not lived that changes nothing.
   *
   * @param forwarded whether another member asks, so that this one has to lead
   * @return the roster afterwards
   */
  CompletionStage<Bytes> join(Bytes request, boolean forwarded) {
    Member wanted = Member.decode(HardState.NOBODY, new ByteReader(request).getBytes());
    List<String> peerUrls = wanted.peerUrls();
    if (!node.settings().peers().newcomers().admitted().test(peerUrls)) {
      return CompletableFuture.failedFuture(
          precondition("nobody at " + peerUrls + " becomes a member by asking for it"));
    }
    if (!node.isLeader()) {
      return passOn(Questions.Kind.JOIN, request, forwarded);
    }
    return node.linearize()
        .thenCompose(
            confirmed -> {
              List<Member> members = node.published().members();
              boolean known =
                  members.stream()
                      .anyMatch(m -> m.peerUrls().equals(peerUrls) && m.clientUrls().isEmpty());
              if (known) {
                return CompletableFuture.completedFuture(new Answer.Members(0, members));
              }
              LOG.info("adding whoever is at {}, which asks for it", peerUrls);
              return add(new Member(newId(peerUrls), "", peerUrls, List.of(), true));
            })
        .thenApply(this::roster);
  }

  private CompletionStage<Answer> replaceAtLeader(Member lost) {
    boolean known =
        node.published().members().stream()
            .anyMatch(m -> m.id() == lost.id() && m.peerUrls().equals(lost.peerUrls()));
    if (!known) {
      return refused(EtcdError.MEMBER_NOT_FOUND);
    }
    if (lost.id() == node.memberId() || !cluster.connectedFor(lost.id()).isZero()) {
      return CompletableFuture.failedFuture(
          precondition("member " + Long.toHexString(lost.id()) + " is connected"));
    }
    long id = newId(lost.peerUrls());
    LOG.info("replacing lost member {} by {}", Long.toHexString(lost.id()), Long.toHexString(id));
    return cluster.change(
        List.of(
            new ConfChange.Step(ConfChange.Op.REMOVE, lost.id()),
            new ConfChange.Step(ConfChange.Op.ADD_LEARNER, id)),
        List.of(
            MemberChange.step(MemberChange.Kind.REMOVE, lost.id()),
            new MemberChange.Step(
                MemberChange.Kind.ADD, new Member(id, "", lost.peerUrls(), List.of(), true))));
  }

  private static EtcdException precondition(String text) {
    return new EtcdException(EtcdError.Code.FAILED_PRECONDITION, text);
  }

  private Bytes roster(Answer answer) {
    return new Roster(node.clusterId(), ((Answer.Members) answer).members(), List.of()).encode();
  }

  private CompletionStage<Answer> promoteAtLeader(long id) {
    return node.linearize()
        .thenCompose(confirmed -> cluster.progressOf(id))
        .thenCompose(
            percent -> {
              boolean learner =
                  node.published().members().stream().anyMatch(m -> m.id() == id && m.learner());
              if (percent < 0) {
                return refused(EtcdError.MEMBER_NOT_FOUND);
              }
              if (learner && percent < READY_PERCENT) {
                return refused(EtcdError.LEARNER_NOT_READY);
              }
              List<Member> voters = voters();
              long started = 1 + voters.stream().filter(MemberChanges::isStarted).count();
              if (node.settings().peers().strict() && started < (voters.size() + 1) / 2 + 1) {
                return refused(EtcdError.MEMBER_NOT_ENOUGH_STARTED);
              }
              return cluster.change(
                  ConfChange.Op.ADD_VOTER, MemberChange.step(MemberChange.Kind.PROMOTE, id));
            })
        .thenApply(
            answer -> {
              node.metrics().promoted();
              return answer;
            });
  }

  private List<Member> voters() {
    return node.published().members().stream().filter(member -> !member.learner()).toList();
  }

  private static boolean isStarted(Member member) {
    return !member.name().isEmpty();
  }

  /** How many of {@code members}, this one included, have been there for a while. */
  private int connected(List<Member> members) {
    int connected = 0;
    for (Member member : members) {
      boolean here = member.id() == node.memberId();
      if (here || cluster.connectedFor(member.id()).compareTo(HEALTHY_AFTER) >= 0) {
        connected++;
      }
    }
    return connected;
  }

  private static <T> CompletionStage<T> refused(EtcdError error) {
    return CompletableFuture.failedFuture(error.exception());
  }
}
