package io.quorate.raft;

/**
 * What a member must have on disk before it answers (Raft paper, figure 2, "persistent state").
 *
 * @param term the latest term this member has seen; it never falls
 * @param vote the member voted for in {@code term}, or {@link #NOBODY}
 * @param commit the highest index known to be committed; only a hint, it may lag after a crash
 */
public record HardState(long term, long vote, long commit) {
  /** The member id that stands for no member. */
  public static final long NOBODY = 0;

  /** The state of a member that has seen nothing. */
  public static final HardState INITIAL = new HardState(0, NOBODY, 0);
}
