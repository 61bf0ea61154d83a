package io.quorate.node;

/**
 * Why a member stops whose store is damaged, while others have a whole one: it is to be started
 * again at once, and gets its state from them.
 */
public final class QuarantinedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What clients are told of a member whose store is damaged, until it is repaired. */
  public static final String REFUSAL =
      "etcdserver: the member is in quarantine until it is repaired";

  /** Says in one line what was found. */
  public QuarantinedException(String reason) {
    super(reason);
  }
}
