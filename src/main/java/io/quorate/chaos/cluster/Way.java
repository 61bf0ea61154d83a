package io.quorate.chaos.cluster;

/**
 * One direction between two that talk: the bytes that {@code from} sends to {@code to}, on
 * whichever of their connections.
 *
 * @param from the name of a member, or {@link #CLIENT}
 * @param to the name of a member, or {@link #CLIENT}
 */
public record Way(String from, String to) {
  /** Everybody who is no member. */
  public static final String CLIENT = "client";

  /** The other direction. */
  public Way back() {
    return new Way(to, from);
  }

  @Override
  public String toString() {
    return from + " to " + to;
  }
}
