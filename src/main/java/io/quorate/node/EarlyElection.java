package io.quorate.node;

import io.quorate.base.Durations;
import io.quorate.base.SeededRandom;
import io.quorate.raft.HardState;
import io.quorate.raft.RaftCore;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When a member stands for election before its time-out, from what its links tell. That is safe at
 * any time, since nothing rests on a leader's lease and pre-votes disturb nobody. Used by one
 * thread.
 */
final class EarlyElection {
  /**
   * The longest wait after a leader's process is gone, at random, so that not all stand at once.
   */
  private static final Duration JITTER_MAX = Duration.ofMillis(50);

  /**
   * After an election without a result, as when two stand at once, so long and up to as much more;
   * then twice that, and so on, since standing again ends a candidacy whose votes are still on
   * their way to slow disks.
   */
  private static final Duration RETRY = Duration.ofMillis(100);

  /** So often, in 1.5 to 3 s; then whoever is there waits for time-outs like everybody. */
  private static final int RETRIES_MAX = 4;

  private final Duration tick;
  private final SeededRandom random;
  private final HashSet<Long> linked = new HashSet<>();
  private int retriesLeft;

  EarlyElection(Duration tick, SeededRandom random) {
    this.tick = tick;
    this.random = random;
  }

  /** There is a way to {@code member} now. */
  void up(long member) {
    linked.add(member);
  }

  /** How long to wait before standing, as the links are now; null for not at all. */
  @Nullable Duration delay(RaftCore raft) {
    if (raft.leader() != HardState.NOBODY || !isLinkedToQuorum(raft)) {
      return null;
    }
    // Whoever leads is heard of within a heartbeat; if nobody does, why wait for a time-out.
    retriesLeft = RETRIES_MAX;
    return Durations.times(tick, 2).plus(jitter(tick));
  }

  /**
   * There is no way to {@code member} any more.
   *
   * @param refused whether nobody listens where it was: its process is gone, which silence is no
   *     sign of
   * @return as {@link #delay}
   */
  @Nullable Duration down(long member, boolean refused, RaftCore raft) {
    linked.remove(member);
    if (refused && raft.leader() == member && raft.forgetLeader()) {
      retriesLeft = RETRIES_MAX;
      return jitter(JITTER_MAX);
    }
    return null;
  }

  /** How long to wait before standing once more, when it was of no use; null for not at all. */
  @Nullable Duration again() {
    if (retriesLeft == 0) {
      return null;
    }
    Duration pause = Durations.times(RETRY, 1L << (RETRIES_MAX - retriesLeft));
    retriesLeft--;
    return pause.plus(jitter(pause));
  }

  private boolean isLinkedToQuorum(RaftCore raft) {
    Set<Long> voters = raft.membership().voters();
    long reached = voters.stream().filter(id -> id == raft.id() || linked.contains(id)).count();
    return reached > voters.size() / 2;
  }

  private Duration jitter(Duration most) {
    return Duration.ofMillis(random.nextInt((int) most.toMillis() + 1));
  }
}
