package io.quorate.raft.quorum;

/** How an election stands. */
public enum VoteResult {
  /** Neither side has a majority, and enough votes are missing for either to get one. */
  PENDING,
  /** A majority said yes. */
  WON,
  /** So many said no that no majority can say yes any more. */
  LOST
}
