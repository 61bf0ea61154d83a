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
 * @param fresh whether it has done nothing for others yet: neither voted nor taken an entry
 */
public record RaftStatus(
    RoleKind role,
    long leader,
    long term,
    long commit,
    long applied,
    long termBegin,
    boolean fresh) {
  static final RaftStatus NONE =
      new RaftStatus(RoleKind.FOLLOWER, HardState.NOBODY, 0, 0, 0, 0, false);
}
