package io.quorate.fleet;

import java.util.List;

/**
 * How a member is, for people and for the placement of work; nothing in it is consensus.
 *
 * @param name its name
 * @param version the version of Quorate that it runs
 * @param raft what it knows of its Raft group
 * @param store what it keeps
 * @param health whether it serves
 * @param load what it costs
 */
public record Status(
    String name, String version, Raft raft, Store store, Health health, Load load) {
  /** Alarms in one status. */
  static final int ALARMS_MAX = 64;

  /**
   * What a member knows of its Raft group.
   *
   * @param term its term
   * @param leader the leader it follows, 0 for none
   * @param learner whether it has no vote
   * @param applied the index of the last entry that it has applied
   */
  public record Raft(long term, long leader, boolean learner, long applied) {}

  /**
   * What a member keeps.
   *
   * @param revision its newest revision
   * @param fileBytes the size of the store's file
   * @param usedBytes what rows and leases count for in the quota
   */
  public record Store(long revision, long fileBytes, long usedBytes) {}

  /**
   * Whether a member serves.
   *
   * @param serving whether it answers clients
   * @param quarantined whether its store is damaged
   * @param alarms the raised alarms, as {@code NOSPACE}; at most {@link #ALARMS_MAX} are told
   */
  public record Health(boolean serving, boolean quarantined, List<String> alarms) {
    /** Copies the list, as far as it is told. */
    public Health {
      alarms = List.copyOf(alarms.subList(0, Math.min(ALARMS_MAX, alarms.size())));
    }
  }

  /**
   * What a member costs.
   *
   * @param heapBytes bytes of the heap that are in use
   * @param uptimeSeconds seconds since its process began
   */
  public record Load(long heapBytes, long uptimeSeconds) {}
}
