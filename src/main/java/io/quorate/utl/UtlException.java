package io.quorate.utl;

/** What was asked for cannot be done; the message is one line for the user. */
final class UtlException extends Exception {
  private static final long serialVersionUID = 1;

  /** How the process ends then; the codes are etcd's. */
  enum Exit {
    /** It cannot be done. */
    ERROR(1),
    /** A flag has a value that is not served. */
    BAD_FEATURE(4),
    /** What a member was asked for did not come whole. */
    INTERRUPTED(5),
    /** The command line cannot be understood. */
    BAD_ARGS(128);

    private final int code;

    Exit(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  private final Exit exit;

  UtlException(Exit exit, String message) {
    super(message);
    this.exit = exit;
  }

  UtlException(Exit exit, String message, Throwable cause) {
    super(message, cause);
    this.exit = exit;
  }

  Exit exit() {
    return exit;
  }
}
