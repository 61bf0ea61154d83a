package io.quorate.fleet;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one member knows of all: as of a moment ago, and of no weight in consensus. Immutable.
 *
 * @param running whether this member has a fleet
 * @param self this member
 * @param term the newest term that anybody has told of
 * @param leader who leads in it, 0 while that is not known
 * @param members exactly those that Raft has, in its order
 */
public record FleetView(boolean running, long self, long term, long leader, List<Seen> members) {
  /** How the fleet finds a member. */
  public enum Reach {
    /** It belongs to the fleet and answers. */
    REACHABLE,
    /** It belongs to the fleet and does not answer. */
    UNREACHABLE,
    /** It does not belong to the fleet: not yet, or its fleet is switched off. */
    ABSENT
  }

  /**
   * A member as this one sees it.
   *
   * @param id its id, unsigned
   * @param name its name as Raft has it
   * @param address host and port of its fleet; empty where nobody knows
   * @param reach how the fleet finds it
   * @param last the newest that it told, null for nothing yet
   * @param heardNanos when it told that, by {@link System#nanoTime}
   */
  public record Seen(
      long id, String name, String address, Reach reach, @Nullable Status last, long heardNanos) {}

  /** Copies the list. */
  public FleetView {
    members = List.copyOf(members);
  }

  /** No fleet: it is switched off, or the member is alone. */
  public static FleetView none(long self) {
    return new FleetView(false, self, 0, 0, List.of());
  }

  /** How many members belong to the fleet, reachable or not. */
  public long size() {
    return members.stream().filter(seen -> seen.reach() != Reach.ABSENT).count();
  }

  /** How many of them do not answer. */
  public long unreachable() {
    return members.stream().filter(seen -> seen.reach() == Reach.UNREACHABLE).count();
  }
}
