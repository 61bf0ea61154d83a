package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.apply.Member;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Gives the leases what they need of their member. */
final class LeaseBridge implements LeasePort {
  private final Node node;
  private final CompletableFuture<ActorRef<ApplyActor.Command>> apply;

  LeaseBridge(Node node, CompletableFuture<ActorRef<ApplyActor.Command>> apply) {
    this.node = node;
    this.apply = apply;
  }

  @Override
  public CompletionStage<Answer> propose(Command command) {
    return node.propose(command);
  }

  @Override
  public CompletionStage<Answer> proposeAsLeader(Command command, long term) {
    return node.proposeAsLeader(command, term);
  }

  @Override
  public CompletionStage<Void> applied() {
    return node.linearize().thenAccept(confirmed -> {});
  }

  @Override
  public boolean isLeadershipFresh() {
    // A sole voter hears from its quorum whenever it looks. Who has just been removed may take
    // itself for the leader a little longer: the sole member is another one then.
    List<Member> members = node.published().members();
    return node.isLeader() && members.size() == 1 && members.get(0).id() == node.memberId();
  }

  @Override
  public CompletionStage<Boolean> proveLeadership() {
    return node.linearize().thenApply(confirmed -> node.isLeader());
  }

  @Override
  public CompletionStage<Long> renewAtLeader(long id) {
    return askLeader(Questions.Kind.RENEW, Bytes.ofLong(id)).thenApply(ttl -> ttl.longAt(0));
  }

  @Override
  public void renewed() {
    node.metrics().leaseRenewed();
  }

  @Override
  public void expired() {
    node.metrics().leaseExpired();
  }

  @Override
  public CompletionStage<LeaseView> timeToLiveAtLeader(long id, boolean keys) {
    Bytes request = new ByteWriter(Long.BYTES + 1).putLong(id).put(keys).toBytes();
    return askLeader(Questions.Kind.TIME_TO_LIVE, request).thenApply(Questions::leaseView);
  }

  /** Asks until it is answered by whoever leads, or the request's time is over. */
  private CompletionStage<Bytes> askLeader(Questions.Kind kind, Bytes request) {
    return node.cluster()
        .retried(
            () -> node.cluster().askLeader(kind, request),
            refusal -> refusal.code() != EtcdError.Code.NOT_FOUND);
  }

  @Override
  public CompletionStage<List<Bytes>> keys(long id) {
    CompletableFuture<ApplyActor.@Nullable LeaseKeys> answer = new CompletableFuture<>();
    apply.join().tell(new ApplyActor.AskLease(id, answer));
    return answer.thenApply(found -> found == null ? List.of() : found.keys());
  }
}
