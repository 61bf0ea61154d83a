package io.quorate.fleet;

/** What a {@link FleetActor} is told. */
sealed interface FleetCommand {
  /** Time has passed. */
  enum Tick implements FleetCommand {
    TICK
  }

  /**
   * A member has answered where its fleet listens.
   *
   * @param member who
   * @param port its port, {@link FleetFacts#NO_PORT} for nowhere
   */
  record Announced(long member, int port) implements FleetCommand {}

  /** What members tell each other over the fleet; {@link FleetCodec} gives it bytes. */
  sealed interface Message extends FleetCommand {
    /** Who tells it. */
    long member();
  }

  /**
   * How a member is, told again and again.
   *
   * @param member who
   * @param life when its fleet began, in milliseconds since 1970; tells its lives apart
   * @param number counts its reports within a life
   * @param joined whether it belongs to a fleet
   * @param status how it is
   */
  record Report(long member, long life, long number, boolean joined, Status status)
      implements Message {
    /** Whether it replaces {@code other}: a clock may go back between two lives. */
    boolean isNewerThan(Report other) {
      return life != other.life || number > other.number;
    }
  }

  /**
   * A member has begun to lead.
   *
   * @param member who
   * @param term in which term
   */
  record Leads(long member, long term) implements Message {}
}
