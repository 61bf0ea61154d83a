package io.quorate.node;

import io.quorate.raft.HardState;
import io.quorate.raft.RoleKind;

/**
 * What the member knows of its Raft group, as of a moment ago.
 *
 * @param role its role
 * @param leader the leader's id, or {@link HardState#NOBODY}
 * @param term the term
 * @param commit the highest index known to be committed
 * @param applied the highest applied index
 * @param termBegin the index of the first entry of the term in which this member led last
 * @param condition how it is
 */
public record RaftStatus(
    RoleKind role,
    long leader,
    long term,
    long commit,
    long applied,
    long termBegin,
    Condition condition) {
  /** How a member is. */
  public enum Condition {
    /** It has done nothing for others yet: neither voted nor taken an entry. */
    FRESH,
    /** It takes part. */
    WELL,
    /** Its disk, its state machine or its ticks are late by an election time-out. */
    STALLED
  }

  static final RaftStatus NONE =
      new RaftStatus(RoleKind.FOLLOWER, HardState.NOBODY, 0, 0, 0, 0, Condition.WELL);
}
