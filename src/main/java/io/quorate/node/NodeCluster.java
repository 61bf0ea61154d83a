package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.apply.Member;
import io.quorate.apply.MemberChange;
import io.quorate.base.ByteReader;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.metrics.MetricsSource;
import io.quorate.raft.ConfChange;
import io.quorate.raft.HardState;
import io.quorate.raft.Message;
import io.quorate.raft.RoleKind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a member does with the others: its links, who leads, who belongs to it. Any thread. */
public final class NodeCluster implements Peering {
  private static final Logger LOG = LoggerFactory.getLogger(NodeCluster.class);

  /** How often the leader looks for learners that are in sync. */
  private static final Duration AUTO_PROMOTE = Duration.ofSeconds(1);

  /** How often it is looked who leads, while somebody waits for that. */
  private static final Duration LEADER_POLL = Duration.ofMillis(10);

  /** The pause before the leader is asked again, which may be another one by then. */
  private static final Duration RETRY = Duration.ofMillis(50);

  /** How long a leader that stops waits for another one. */
  private static final Duration HAND_OVER_MAX = Duration.ofMillis(500);

  private final Node node;
  private final MemberChanges changes;
  private final Freshness freshness;
  private volatile @Nullable MemberLinks links;
  private volatile int fleetPort;

  NodeCluster(Node node) {
    this.node = node;
    this.changes = new MemberChanges(node, this);
    this.freshness = new Freshness(node);
  }

  /** Listens to other members, and dials them. Blocks while addresses are bound. */
  void open(ActorRef<RaftCommand> raft) throws IOException {
    try {
      MemberLinks opened = new MemberLinks(node, raft, new Questions(node));
      links = opened;
      // What was published before this line has found nobody to tell.
      opened.follow(node.published().members());
      node.integrity().start();
      if (node.settings().peers().newcomers().autoPromote()) {
        node.system()
            .scheduler()
            .scheduleWithFixedDelay(
                AUTO_PROMOTE,
                AUTO_PROMOTE,
                this::promoteLearners,
                node.system().executionContext());
      }
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("cannot listen for peers: " + cause.getMessage(), e);
    }
  }

  /**
   * Asks for the promotion of each learner; one that is not in sync is refused, and asked again.
   */
  private void promoteLearners() {
    if (node.isLeader()) {
      for (Member member : node.published().members()) {
        if (member.learner()) {
          changes
              .promote(member.id())
              .whenComplete(
                  (answer, refusal) ->
                      LOG.debug(
                          "promotion of {}: {}",
                          Long.toHexString(member.id()),
                          refusal == null ? "done" : refusal.getMessage()));
        }
      }
    }
  }

  /** Hands over where this member leads, and closes the links. */
  CompletionStage<Void> close() {
    MemberLinks open = links;
    return open == null
        ? CompletableFuture.completedFuture(null)
        : handOver().thenCompose(heir -> open.close());
  }

  @Override
  public void send(List<Message> messages) {
    MemberLinks open = links;
    if (open != null) {
      open.send(messages);
    }
  }

  @Override
  public void follow(List<Member> members) {
    MemberLinks open = links;
    if (open != null) {
      open.follow(members);
    }
  }

  @Override
  public boolean reaches(long member) {
    return !connectedFor(member).isZero();
  }

  /** What goes between this member and the others. */
  public MetricsSource traffic() {
    MemberLinks open = links;
    return open == null ? page -> {} : open.traffic();
  }

  /** Changes of the membership. */
  public MemberChanges changes() {
    return changes;
  }

  /** Settles whether this member may take part, see {@link Freshness}. */
  void askWhetherFresh() {
    freshness.ask();
  }

  /** Whether somebody else may have lived before. */
  Freshness freshness() {
    return freshness;
  }

  /** Proposes a change of the membership by {@code step}; done when it is applied here. */
  CompletionStage<Answer> change(ConfChange.Op op, MemberChange.Step step) {
    return change(List.of(new ConfChange.Step(op, step.member().id())), List.of(step));
  }

  /** Proposes a change of the membership by several steps at once; done when applied here. */
  CompletionStage<Answer> change(List<ConfChange.Step> voting, List<MemberChange.Step> steps) {
    CompletableFuture<Answer> future = new CompletableFuture<>();
    long id = node.proposals().newId();
    Bytes context = new MemberChange(id, steps).encode();
    node.propose(
        RaftInbox.Proposal.change(id, new ConfChange(ConfChange.Mode.AUTO, voting, context)),
        Node.toFuture(future));
    return future;
  }

  /** How far {@code member} is, in percent of the leader's log; -1 if this one cannot say. */
  CompletionStage<Integer> progressOf(long member) {
    CompletableFuture<Integer> percent = new CompletableFuture<>();
    node.raft().tell(new RaftCommand.AskProgress(member, percent));
    return percent;
  }

  /** How long the link to {@code member} has been open; zero while it is not. */
  public Duration connectedFor(long member) {
    MemberLinks open = links;
    return open == null ? Duration.ZERO : open.connectedFor(member);
  }

  /** Where other members reach this one. */
  public List<InetSocketAddress> peerAddresses() {
    MemberLinks open = links;
    return open == null ? List.of() : open.addresses();
  }

  /** What is left here of a snapshot that was cut, see {@link SnapshotReceiver}. */
  CompletionStage<Bytes> held() {
    MemberLinks open = links;
    return open == null
        ? CompletableFuture.failedFuture(EtcdError.NO_LEADER.exception())
        : open.held();
  }

  /** Tells whoever asks where this member's fleet listens; 0 for nowhere. */
  public void announceFleet(int port) {
    fleetPort = port;
  }

  int fleetPort() {
    return fleetPort;
  }

  /** Asks {@code member} where its fleet listens; fails where it is not reached. */
  public CompletionStage<Integer> fleetPortOf(long member) {
    return ask(member, Questions.Kind.FLEET, Bytes.EMPTY, node.settings().requestTimeout())
        .thenApply(answer -> new ByteReader(answer).getVarInt());
  }

  /** Asks the leader, which is another member; fails with what it refuses with. */
  CompletionStage<Bytes> askLeader(Questions.Kind kind, Bytes request) {
    long leader = node.status().leader();
    if (leader == HardState.NOBODY || leader == node.memberId()) {
      return CompletableFuture.failedFuture(EtcdError.NO_LEADER.exception());
    }
    return ask(leader, kind, request, node.settings().requestTimeout());
  }

  /**
   * Makes {@code attempt} again until it is answered, is refused with something that {@code again}
   * does not take, or the time of a request is over.
   */
  <T> CompletionStage<T> retried(
      Supplier<CompletionStage<T>> attempt, Predicate<EtcdException> again) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    retry(attempt, again, System.nanoTime() + node.settings().requestTimeout().toNanos(), answer);
    return answer;
  }

  private <T> void retry(
      Supplier<CompletionStage<T>> attempt,
      Predicate<EtcdException> again,
      long deadlineNanos,
      CompletableFuture<T> answer) {
    attempt
        .get()
        .whenComplete(
            (done, failure) -> {
              EtcdException refusal = failure == null ? null : Refusals.of(failure);
              if (refusal == null) {
                answer.complete(done);
              } else if (!again.test(refusal) || System.nanoTime() - deadlineNanos >= 0) {
                answer.completeExceptionally(refusal);
              } else {
                later(RETRY, () -> retry(attempt, again, deadlineNanos, answer));
              }
            });
  }

  private void later(Duration pause, Runnable task) {
    node.system().scheduler().scheduleOnce(pause, task, node.system().executionContext());
  }

  /** Asks {@code member}; fails with what it refuses with, or when it is not reached. */
  CompletionStage<Bytes> ask(long member, Questions.Kind kind, Bytes request, Duration timeout) {
    MemberLinks open = links;
    return open == null
        ? CompletableFuture.failedFuture(EtcdError.NO_LEADER.exception())
        : open.ask(member, kind, request, timeout).thenApply(Questions::open);
  }

  /**
   * Hands leadership to {@code target}; done when it leads. A transfer that took an election
   * time-out is tried again as long as this member leads on, until the request times out.
   *
   * @return fails with "not leader", "bad leader transferee" or a time-out
   */
  public CompletionStage<Long> moveLeader(long target) {
    if (!node.isLeader()) {
      return CompletableFuture.failedFuture(EtcdError.NOT_LEADER.exception());
    }
    if (target == node.memberId()) {
      return CompletableFuture.completedFuture(target);
    }
    boolean voter =
        node.published().members().stream().anyMatch(m -> m.id() == target && !m.learner());
    if (!voter) {
      return CompletableFuture.failedFuture(EtcdError.BAD_LEADER_TRANSFEREE.exception());
    }
    CompletableFuture<Long> done = new CompletableFuture<>();
    long deadline = System.nanoTime() + node.settings().requestTimeout().toNanos();
    handTo(target, node.status().term(), deadline, done);
    return done;
  }

  private void handTo(long target, long term, long deadlineNanos, CompletableFuture<Long> done) {
    RaftStatus now = node.status();
    if (now.leader() == target) {
      done.complete(target);
    } else if (System.nanoTime() - deadlineNanos >= 0) {
      done.completeExceptionally(EtcdError.TIMEOUT_LEADER_TRANSFER.exception());
    } else {
      // In a later term somebody may lead because others asked for that.
      if (now.role() == RoleKind.LEADER && now.term() == term) {
        node.raft().tell(new RaftCommand.Transfer(target));
      }
      later(LEADER_POLL, () -> handTo(target, term, deadlineNanos, done));
    }
  }

  /**
   * Hands leadership to another voter, if this member leads and there is one that is connected;
   * done when somebody else leads or half a second has passed.
   */
  public CompletionStage<Long> handOver() {
    long heir =
        node.published().members().stream()
            .filter(m -> m.id() != node.memberId() && !m.learner())
            .filter(m -> !connectedFor(m.id()).isZero())
            .mapToLong(Member::id)
            .findFirst()
            .orElse(HardState.NOBODY);
    if (!node.isLeader() || heir == HardState.NOBODY) {
      return CompletableFuture.completedFuture(heir);
    }
    return moveLeader(heir)
        .toCompletableFuture()
        .completeOnTimeout(heir, HAND_OVER_MAX.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> heir);
  }
}
