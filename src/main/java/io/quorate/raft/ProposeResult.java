package io.quorate.raft;

/** What became of a proposal. Only {@link #APPENDED} and {@link #FORWARDED} may commit. */
public enum ProposeResult {
  /** It is in the leader's log, right behind what was there before. */
  APPENDED,
  /** It went to the leader, where it may be lost or refused without a word. */
  FORWARDED,
  /** Refused: no leader is known here. */
  NO_LEADER,
  /** Refused: this leader is handing over. */
  TRANSFERRING,
  /** Refused: too many bytes are proposed and not yet applied. */
  TOO_MANY_BYTES,
  /** Refused: an earlier change of the membership is not yet applied. */
  CHANGE_PENDING,
  /** Refused: the change cannot be made from the present membership. */
  CHANGE_ILLEGAL;

  /** Whether the proposal may still commit. */
  public boolean accepted() {
    return this == APPENDED || this == FORWARDED;
  }
}
