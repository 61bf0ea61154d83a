package io.quorate.chaos.cluster;

/**
 * A member, for those who only talk to it.
 *
 * @param name its name in the history
 * @param endpoint the URL under which it is reached, past what faults do to clients if it can be
 */
public record Seat(String name, String endpoint) {
  /** Where a member of ours is reached. */
  public static Seat of(Member member) {
    return new Seat(member.name(), member.directEndpoint());
  }
}
