package io.quorate.fleet;

import io.quorate.apply.Member;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** What the fleet is told of the member and its Raft group. Any thread; none blocks. */
public interface FleetFacts {
  /** The port of a member of which nobody knows where its fleet listens. */
  int NO_PORT = 0;

  /** The Raft cluster; fleets of two clusters never mix. */
  long clusterId();

  /** This member. */
  long memberId();

  /** The members as Raft has them, which is the authority. */
  List<Member> members();

  /** The ids of those that Raft has removed. */
  List<Long> removed();

  /** The leader that this member knows, 0 for none. */
  long leader();

  /** How this member is. */
  Status status();

  /**
   * Tells the others over Raft's links where this one's fleet listens; {@link #NO_PORT}: nowhere.
   */
  void announce(int port);

  /** Asks {@code member} what it announces; fails where it is not reached or knows no fleets. */
  CompletionStage<Integer> portOf(long member);
}
