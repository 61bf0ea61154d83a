package io.quorate.raft;

import io.quorate.base.Check;
import java.util.ArrayList;
import java.util.List;

/**
 * The linearizable reads that wait at a leader (dissertation, section 6.4). One confirmation round
 * is under way at most; reads that arrive meanwhile share the next one, so a round costs the same
 * for one read and for ten thousand.
 *
 * <p>A round's index is the commit index when it starts. It is not below what was committed when
 * each of its reads arrived, and a quorum that answers a heartbeat sent after that proves that no
 * later leader had committed anything by then.
 */
final class ReadIndexQueue {
  /** A read of the member {@code from}. */
  record Read(long from, long context) {}

  private final int pendingMax;
  private List<Read> waiting = new ArrayList<>();
  private List<Read> inRound = List.of();
  private long round;
  private long roundIndex;

  ReadIndexQueue(int pendingMax) {
    this.pendingMax = pendingMax;
  }

  /** Queues a read; false when there are too many. */
  boolean add(long from, long context) {
    if (waiting.size() + inRound.size() >= pendingMax) {
      return false;
    }
    waiting.add(new Read(from, context));
    return true;
  }

  /** Starts a round at {@code commit} for all that wait; false if none does or one is under way. */
  boolean startRound(long commit) {
    if (!inRound.isEmpty() || waiting.isEmpty()) {
      return false;
    }
    inRound = waiting;
    waiting = new ArrayList<>();
    round++;
    roundIndex = commit;
    return true;
  }

  /** The round that is under way, or 0. */
  long round() {
    return inRound.isEmpty() ? 0 : round;
  }

  /** The index of the round that is under way. */
  long roundIndex() {
    return roundIndex;
  }

  /** A quorum answered: the reads of the round. */
  List<Read> finishRound() {
    Check.that(!inRound.isEmpty(), "no round of reads is under way");
    List<Read> confirmed = inRound;
    inRound = List.of();
    return confirmed;
  }
}
