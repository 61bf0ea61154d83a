package io.quorate.node;

/** Why a member ends that was removed from its cluster; it must not start again. */
public final class RemovedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says so. */
  public RemovedException() {
    super("the member has been permanently removed from the cluster");
  }
}
