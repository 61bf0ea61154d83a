package io.quorate.raft.quorum;

import java.util.Arrays;
import java.util.SortedSet;
import java.util.function.LongUnaryOperator;

/**
 * More than half of a set of members. The majority of nobody agrees with everything, so that the
 * absent half of a joint quorum never stands in the way. Not safe to share between threads: it
 * reuses a scratch array, because a leader asks at every answer.
 */
public final class Majority {
  private final long[] ids;
  private final long[] scratch;

  /** The majority of {@code members}. */
  public Majority(SortedSet<Long> members) {
    this.ids = members.stream().mapToLong(Long::longValue).toArray();
    this.scratch = new long[ids.length];
  }

  /**
   * The highest number that a majority has reached, where {@code reached} gives the number of each
   * member; {@link Long#MAX_VALUE} when there are no members.
   */
  public long agreed(LongUnaryOperator reached) {
    int n = ids.length;
    if (n == 0) {
      return Long.MAX_VALUE;
    }
    for (int i = 0; i < n; i++) {
      scratch[i] = reached.applyAsLong(ids[i]);
    }
    Arrays.sort(scratch);
    // Sorted upwards, the number at this place and the n/2 above it make n/2 + 1: a majority.
    return scratch[n - (n / 2 + 1)];
  }

  /** How the election stands among these members. */
  public VoteResult tally(Ballots ballots) {
    int granted = 0;
    int missing = 0;
    for (long id : ids) {
      switch (ballots.of(id)) {
        case GRANTED -> granted++;
        case MISSING -> missing++;
        case REFUSED -> {}
      }
    }
    int needed = ids.length == 0 ? 0 : ids.length / 2 + 1;
    if (granted >= needed) {
      return VoteResult.WON;
    }
    return granted + missing >= needed ? VoteResult.PENDING : VoteResult.LOST;
  }

  /** Whether {@code id} is the only member. */
  public boolean isOnly(long id) {
    return ids.length == 1 && ids[0] == id;
  }

  /** Whether there are no members. */
  public boolean isEmpty() {
    return ids.length == 0;
  }

  /** Whether {@code id} is a member. */
  public boolean contains(long id) {
    return Arrays.binarySearch(ids, id) >= 0;
  }

  /** Who said what in an election. */
  @FunctionalInterface
  public interface Ballots {
    /** The ballot of the member {@code id}. */
    Ballot of(long id);
  }

  /** One member's part in an election. */
  public enum Ballot {
    /** Not heard of yet. */
    MISSING,
    /** Said yes. */
    GRANTED,
    /** Said no. */
    REFUSED
  }
}
