package io.quorate.server.discovery;

/** Nobody was found; the message says why. */
public final class DiscoveryException extends Exception {
  private static final long serialVersionUID = 1;

  /** One whose message is for people. */
  public DiscoveryException(String message) {
    super(message);
  }
}
