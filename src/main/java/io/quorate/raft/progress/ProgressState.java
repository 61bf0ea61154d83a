package io.quorate.raft.progress;

/** How a leader sends to one follower. Each state holds only what is valid in it. */
public sealed interface ProgressState {
  /** Whether another append may be sent now. */
  boolean mayAppend();

  /**
   * The leader does not know where the logs part: one append at a time, and the next only after an
   * answer or a heartbeat's answer.
   */
  final class Probe implements ProgressState {
    private boolean sent;

    @Override
    public boolean mayAppend() {
      return !sent;
    }

    /** An append left. */
    void sent() {
      sent = true;
    }

    /** The follower lives: the next append may leave. */
    void resume() {
      sent = false;
    }

    @Override
    public String toString() {
      return sent ? "probe paused" : "probe";
    }
  }

  /** The logs agree: appends are pipelined within a window of messages and bytes. */
  final class Replicate implements ProgressState {
    private final Inflights inflights;

    Replicate(Inflights inflights) {
      this.inflights = inflights;
    }

    /** What is on the way. */
    public Inflights inflights() {
      return inflights;
    }

    @Override
    public boolean mayAppend() {
      return !inflights.isFull();
    }

    @Override
    public String toString() {
      return "replicate inflight=" + inflights.count() + (inflights.isFull() ? " full" : "");
    }
  }

  /**
   * The follower needs entries that are compacted: nothing is appended until its answer or the
   * report of whoever sends the snapshot.
   *
   * @param pendingIndex the index of the snapshot that was asked for
   */
  record Snapshot(long pendingIndex) implements ProgressState {
    @Override
    public boolean mayAppend() {
      return false;
    }

    @Override
    public String toString() {
      return "snapshot pending=" + pendingIndex;
    }
  }
}
