package io.quorate.base;

/**
 * The refusal of a request, on its way to the client. It has no stack trace, since it says nothing
 * about the program.
 */
public final class EtcdException extends RuntimeException {
  private final EtcdError.Code code;

  /** A refusal with {@code code} and {@code text}; prefer a row of {@link EtcdError}. */
  public EtcdException(EtcdError.Code code, String text) {
    super(text, null, false, false);
    this.code = code;
  }

  /** The gRPC status code. */
  public EtcdError.Code code() {
    return code;
  }

  /** The text for the client. */
  public String text() {
    return String.valueOf(getMessage());
  }
}
