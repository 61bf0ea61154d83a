package io.quorate.node;

/** Why a member ends that must not start again under its id. */
public final class MemberGoneException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private MemberGoneException(String message) {
    super(message);
  }

  /** It was removed from its cluster. */
  public static MemberGoneException removed() {
    return new MemberGoneException("the member has been permanently removed from the cluster");
  }

  /** The cluster has known it before, but its directory is empty: what it promised is lost. */
  public static MemberGoneException bootstrapped(long id) {
    return new MemberGoneException(
        "member " + Long.toHexString(id) + " has already been bootstrapped");
  }
}
