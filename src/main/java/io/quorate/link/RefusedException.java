package io.quorate.link;

/** A connection that one side does not want, with the reason. */
final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Preface.Refusal refusal;

  RefusedException(Preface.Refusal refusal, String text) {
    super(text, null, false, false);
    this.refusal = refusal;
  }

  /** Why. */
  Preface.Refusal refusal() {
    return refusal;
  }

  /** One line for whoever reads the log. */
  String text() {
    return String.valueOf(getMessage());
  }
}
