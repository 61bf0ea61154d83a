package io.quorate.node;

/** Who owns a {@link RaftActor}; called on its thread, and must not block. */
interface RaftOwner {
  /** Something of the status has changed. */
  void onStatus(RaftStatus status);

  /** This member leads, and its heartbeats leave late. */
  void onHeartbeatLate();

  /** This member takes no part until {@link RaftCommand.Admit}. */
  void onWithheld();

  /** The state is that of another member, whole and durable. */
  void onRepaired();

  /** This member is none any more. */
  void onRemoved();

  /** The log cannot be relied on any more. */
  void onFailure(Throwable cause);

  /** What the disk has left, in bytes. */
  long usableBytes();
}
