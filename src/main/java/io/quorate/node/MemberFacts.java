package io.quorate.node;

/** What every answer of the API says of the member that gives it. Safe from any thread; cheap. */
public interface MemberFacts {
  /** The id of the cluster. */
  long clusterId();

  /** The id of this member. */
  long memberId();

  /** The term that this member knows. */
  long term();

  /** The newest revision that readers see. */
  long revision();

  /** Whether this member knows a leader. */
  boolean hasLeader();
}
