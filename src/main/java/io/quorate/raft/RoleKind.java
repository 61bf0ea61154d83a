package io.quorate.raft;

/**
 * The roles of a member (Raft paper, figure 4; dissertation, section 9.6 for the pre-candidate).
 */
public enum RoleKind {
  /** Follows a leader, or waits for one. */
  FOLLOWER,
  /** Asks whether it would win, without having raised its term. */
  PRE_CANDIDATE,
  /** Asks for votes. */
  CANDIDATE,
  /** Leads its term. */
  LEADER
}
