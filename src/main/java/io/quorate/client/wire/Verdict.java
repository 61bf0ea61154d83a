package io.quorate.client.wire;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import io.quorate.client.wire.Method.Repeat;

/**
 * What the end of an attempt without an answer means. A pure function of what was seen, so that the
 * rule "nothing unsafe is sent twice, nothing ambiguous is told as done or failed" is one page.
 *
 * @param next what is to be done with the request
 * @param isSick whether the member is to be left alone until it was asked how it is
 */
public record Verdict(Next next, boolean isSick) {
  /** What is to be done with a request. */
  public enum Next {
    /** It did nothing, or doing it again does nothing: another attempt. */
    RETRY,
    /** It did nothing for want of a valid token: another attempt with a new one. */
    AUTHENTICATE,
    /** A member said no, for good. */
    REFUSED,
    /** Nobody knows whether it was done. */
    AMBIGUOUS
  }

  /** How the text begins when the other side does not speak gRPC. */
  static final String NO_GRPC = "HTTP status code";

  /** Texts of members: all of etcd's errors begin so. */
  private static final String SAID_BY_MEMBER = "etcdserver:";

  /**
   * Judges an attempt.
   *
   * @param code the status it ended with
   * @param text the text of that status
   * @param isSeen whether a member may have seen it; if not, it did nothing
   * @param repeat what a second copy would do
   */
  public static Verdict of(Code code, String text, boolean isSeen, Repeat repeat) {
    if (!isSeen) {
      return new Verdict(Next.RETRY, false);
    }
    if (text.equals(EtcdError.INVALID_AUTH_TOKEN.text())
        || text.equals(EtcdError.AUTH_OLD_REVISION.text())) {
      return new Verdict(Next.AUTHENTICATE, false);
    }
    if (text.equals(EtcdError.REQUEST_TOO_MANY_REQUESTS.text())) {
      return new Verdict(Next.RETRY, false);
    }
    if (text.equals(EtcdError.NOT_SUPPORTED_FOR_LEARNER.text())) {
      return new Verdict(Next.RETRY, true);
    }
    return switch (code) {
      // Between two leaders nobody is ill.
      case UNAVAILABLE -> unanswered(repeat, !text.equals(EtcdError.LEADER_CHANGED.text()));
      case OK, CANCELLED, DEADLINE_EXCEEDED, INTERNAL, ABORTED -> unanswered(repeat, true);
      case UNKNOWN ->
          isSaidByMember(text) && repeat != Repeat.UNSAFE
              ? new Verdict(Next.REFUSED, false)
              : unanswered(repeat, !isSaidByMember(text));
      default ->
          text.startsWith(NO_GRPC) ? unanswered(repeat, true) : new Verdict(Next.REFUSED, false);
    };
  }

  /** Whether a member made the text, and nobody on the way to it. */
  public static boolean isSaidByMember(String text) {
    return text.startsWith(SAID_BY_MEMBER);
  }

  private static Verdict unanswered(Repeat repeat, boolean isSick) {
    return new Verdict(repeat == Repeat.UNSAFE ? Next.AMBIGUOUS : Next.RETRY, isSick);
  }
}
