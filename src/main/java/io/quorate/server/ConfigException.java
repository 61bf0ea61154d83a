package io.quorate.server;

/**
 * What the process was told cannot be done. The message is one line for the user; the kind decides
 * how it is printed and with which code the process ends.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  /** Where the mistake was found. */
  public enum Kind {
    /** A malformed command line: the plain line and a hint on standard error. */
    USAGE(2),
    /** The plain line alone on standard error. */
    PLAIN(2),
    /** Well-formed but contradictory values: a log line of level warn. */
    VERIFY(1),
    /** The directory or the network refuses what was asked for: a log line of level fatal. */
    START(1),
    /** What ran cannot go on: a log line of level fatal. */
    RUN(1);

    private final int exitCode;

    Kind(int exitCode) {
      this.exitCode = exitCode;
    }

    /** The exit code that etcd has for the same mistake. */
    public int exitCode() {
      return exitCode;
    }
  }

  private final Kind kind;

  /** An error of {@code kind} with a one-line {@code message}. */
  public ConfigException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** Where the mistake was found. */
  public Kind kind() {
    return kind;
  }

  static ConfigException verify(String message) {
    return new ConfigException(Kind.VERIFY, message);
  }

  static ConfigException run(String message) {
    return new ConfigException(Kind.RUN, message);
  }

  static ConfigException start(String message) {
    return new ConfigException(Kind.START, message);
  }

  static ConfigException start(String message, Throwable cause) {
    ConfigException refusal = start(message);
    refusal.initCause(cause);
    return refusal;
  }
}
