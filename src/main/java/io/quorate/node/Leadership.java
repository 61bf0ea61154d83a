package io.quorate.node;

import io.quorate.raft.RoleKind;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Tells the owner of the leases when this member begins and ceases to lead. It begins when the
 * first entry of its term is applied: only then does it know all leases of its predecessors. Used
 * by the RaftActor's thread.
 */
final class Leadership {
  private final long memberId;
  private final ActorRef<LeaseActor.Command> leases;
  private final Duration extend;
  private long term;
  private long firstIndex;
  private boolean leads;
  private boolean promoted;

  Leadership(long memberId, ActorRef<LeaseActor.Command> leases, Duration extend) {
    this.memberId = memberId;
    this.leases = leases;
    this.extend = extend;
  }

  void follow(RaftStatus status) {
    boolean leadsNow = status.role() == RoleKind.LEADER && status.leader() == memberId;
    if (leads && (!leadsNow || status.term() != term)) {
      leads = false;
      if (promoted) {
        leases.tell(new LeaseActor.Demoted());
        promoted = false;
      }
    }
    if (leadsNow && !leads) {
      leads = true;
      term = status.term();
      firstIndex = status.termBegin();
    }
    if (leads && !promoted && status.applied() >= firstIndex) {
      promoted = true;
      leases.tell(new LeaseActor.Promoted(extend.toNanos()));
    }
  }
}
