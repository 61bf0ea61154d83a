package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.base.Bytes;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What leases need of the rest of the member. Safe from any thread; nothing here blocks. Stages
 * fail with an {@link io.quorate.base.EtcdException} that a client may be told.
 */
public interface LeasePort {
  /**
   * Proposes a command of leases, on whichever member. The stage completes when it was applied
   * here, after {@link LeaseActor} was told what it did.
   */
  CompletionStage<Answer> propose(Command command);

  /**
   * {@link #propose} for what this member knows as leader of {@code term} alone; refused where it
   * is not.
   */
  CompletionStage<Answer> proposeAsLeader(Command command, long term);

  /** Completes when all that is committed now is applied, and {@link LeaseActor} was told of it. */
  CompletionStage<Void> applied();

  /**
   * Whether this member, if it is leader, heard from a quorum within the last election time-out, by
   * a clock that did not stand still meanwhile.
   */
  boolean isLeadershipFresh();

  /** Asks a quorum whether this member still leads: true if it did after the call. */
  CompletionStage<Boolean> proveLeadership();

  /**
   * Renews at the leader, which is another member or not known yet; tries again until the request's
   * time-out. 0 when there is no such lease.
   */
  CompletionStage<Long> renewAtLeader(long id);

  /** A lease was renewed by this member, as leader. */
  default void renewed() {}

  /** A lease has expired, as this member, as leader, sees it. */
  default void expired() {}

  /** Asks the leader, as {@link #renewAtLeader} does. */
  CompletionStage<LeaseView> timeToLiveAtLeader(long id, boolean keys);

  /** The keys of a lease in order, none when there is no such lease. */
  CompletionStage<List<Bytes>> keys(long id);
}
