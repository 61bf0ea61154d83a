package io.quorate.node;

/** Why a member ends that must not start again under its id. */
public final class MemberGoneException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What became of it. */
  public enum Kind {
    /** It was removed from its cluster. */
    REMOVED,
    /** The cluster has known it before, but its directory is empty: what it promised is lost. */
    BOOTSTRAPPED,
    /** It was about to found a cluster, while those who were to do it with it have one already. */
    ELSEWHERE
  }

  private final Kind kind;

  private MemberGoneException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** What became of it. */
  public Kind kind() {
    return kind;
  }

  /** One of {@link Kind#REMOVED}. */
  public static MemberGoneException removed() {
    return new MemberGoneException(
        Kind.REMOVED, "the member has been permanently removed from the cluster");
  }

  /** One of {@link Kind#BOOTSTRAPPED}. */
  public static MemberGoneException bootstrapped(long id) {
    return new MemberGoneException(
        Kind.BOOTSTRAPPED, "member " + Long.toHexString(id) + " has already been bootstrapped");
  }

  /**
   * One of {@link Kind#ELSEWHERE}.
   *
   * @param cluster that of the others
   */
  public static MemberGoneException elsewhere(long cluster) {
    return new MemberGoneException(
        Kind.ELSEWHERE, "the other members belong to cluster " + Long.toHexString(cluster));
  }
}
