package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.raft.RoleKind;
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
  public CompletionStage<Void> applied() {
    return node.linearize().thenAccept(confirmed -> {});
  }

  @Override
  public boolean isLeadershipFresh() {
    // A sole voter hears from its quorum whenever it looks.
    return isLeader() && node.published().members().size() == 1;
  }

  @Override
  public CompletionStage<Boolean> proveLeadership() {
    return node.linearize().thenApply(confirmed -> isLeader());
  }

  private boolean isLeader() {
    RaftStatus status = node.status();
    return status.role() == RoleKind.LEADER && status.leader() == node.memberId();
  }

  @Override
  public CompletionStage<Long> renewAtLeader(long id) {
    return CompletableFuture.failedFuture(EtcdError.NO_LEADER.exception());
  }

  @Override
  public CompletionStage<LeaseView> timeToLiveAtLeader(long id, boolean keys) {
    return CompletableFuture.failedFuture(EtcdError.NO_LEADER.exception());
  }

  @Override
  public CompletionStage<List<Bytes>> keys(long id) {
    CompletableFuture<ApplyActor.@Nullable LeaseKeys> answer = new CompletableFuture<>();
    apply.join().tell(new ApplyActor.AskLease(id, answer));
    return answer.thenApply(found -> found == null ? List.of() : found.keys());
  }
}
