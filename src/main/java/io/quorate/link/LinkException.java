package io.quorate.link;

import org.jspecify.annotations.Nullable;

/** Why a question has no answer, or a transfer no verdict. */
public final class LinkException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The kinds of failure. */
  public enum Reason {
    /** No connection came about: nothing was done over there. */
    UNREACHABLE,
    /** The connection broke: whether something was done over there is not known. */
    BROKEN,
    /** No answer in time: whether something was done over there is not known. */
    TIMED_OUT,
    /** The other side does not want to; the text says why. */
    REFUSED,
    /** Too much is under way already: nothing was done. */
    TOO_MANY
  }

  private final Reason reason;

  LinkException(Reason reason, String text) {
    this(reason, text, null);
  }

  LinkException(Reason reason, String text, @Nullable Throwable cause) {
    super(text, cause, false, false);
    this.reason = reason;
  }

  /**
   * Whether the one that was meant may be there all the same: nothing says that nobody listens, or
   * that somebody else does.
   */
  public boolean mayBeThere() {
    return switch (reason) {
      case UNREACHABLE -> false;
      case BROKEN, TIMED_OUT, TOO_MANY -> true;
      case REFUSED ->
          !(getCause() instanceof RefusedException refused)
              || refused.refusal() == Preface.Refusal.SENDER
              || refused.refusal() == Preface.Refusal.CROWDED;
    };
  }

  /** What kind of failure it is. */
  public Reason reason() {
    return reason;
  }
}
