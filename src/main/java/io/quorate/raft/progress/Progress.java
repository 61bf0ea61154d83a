package io.quorate.raft.progress;

import io.quorate.raft.progress.ProgressState.Probe;
import io.quorate.raft.progress.ProgressState.Replicate;
import io.quorate.raft.progress.ProgressState.Snapshot;

/**
 * What a leader knows of one member, itself included.
 *
 * <p>{@code match < next} always. Everything up to {@code match} is known to be durable there and
 * only grows. The entries between {@code match} and {@code next} are on their way (Raft paper,
 * figure 2: {@code matchIndex}, {@code nextIndex}).
 */
public final class Progress {
  /** The allowance of a member that may be sent all that its window lets through. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  private final long id;
  private final int inflightMessagesMax;
  private final long inflightBytesMax;
  private long match;
  private long next;
  private long sentCommit;
  private ProgressState state = new Probe();
  private boolean active;
  private boolean pingDue;
  private long confirmedRound;
  private long allowance = UNLIMITED;

  /** A member of whom nothing is known but where to begin: at {@code next}. */
  public Progress(long id, long next, int inflightMessagesMax, long inflightBytesMax) {
    this.id = id;
    this.next = next;
    this.inflightMessagesMax = inflightMessagesMax;
    this.inflightBytesMax = inflightBytesMax;
  }

  /** The member. */
  public long id() {
    return id;
  }

  /** The highest index known to be durable there. */
  public long match() {
    return match;
  }

  /** The next index to send. */
  public long next() {
    return next;
  }

  /** The highest commit index that a message on its way lets the member reach. */
  public long sentCommit() {
    return sentCommit;
  }

  /** How to send. */
  public ProgressState state() {
    return state;
  }

  /** Whether it was heard of since the last {@link #resetActive}. */
  public boolean isActive() {
    return active;
  }

  /** It was heard of. */
  public void heard() {
    active = true;
  }

  /** A new period in which to be heard of begins. */
  public void resetActive() {
    active = false;
  }

  /** Whether an append is owed even if there is nothing new in it. */
  public boolean isPingDue() {
    return pingDue;
  }

  /** How many bytes of entries it may be sent; not positive for none, until more are allowed. */
  public long allowance() {
    return allowance;
  }

  /** It may be sent so many bytes of entries from now on, or {@link #UNLIMITED}. */
  public void allow(long bytes) {
    allowance = bytes;
  }

  /** Whether not everything may be sent. */
  public boolean isLimited() {
    return allowance != UNLIMITED;
  }

  /** An append with {@code count} entries of {@code bytes} bytes and {@code commit} leaves. */
  public void sentAppend(int count, long bytes, long commit) {
    pingDue = false;
    if (isLimited()) {
      allowance -= bytes;
    }
    long last = next - 1 + count;
    if (state instanceof Probe probe) {
      // next stays: a probe is repeated until it is answered.
      probe.sent();
    } else if (state instanceof Replicate replicate && count > 0) {
      next += count;
      replicate.inflights().add(last, bytes);
    }
    sentCommit(Math.min(commit, last));
  }

  /** A message leaves that lets it commit up to {@code index}. */
  public void sentCommit(long index) {
    sentCommit = Math.max(sentCommit, index);
  }

  /** A snapshot at {@code index} was asked for. */
  public void sentSnapshot(long index) {
    pingDue = false;
    state = new Snapshot(index);
  }

  /**
   * It has everything up to {@code index}. {@code logFirst} is the first index that the leader can
   * still send. Whether this was news.
   */
  public boolean granted(long index, long logFirst) {
    boolean news = index > match;
    if (news) {
      match = index;
      next = Math.max(next, index + 1);
    }
    if (state instanceof Replicate replicate) {
      replicate.inflights().freeTo(index);
    } else if (state instanceof Probe ? index == match : match + 1 >= logFirst) {
      becomeReplicate();
    }
    return news;
  }

  /**
   * It refused an append behind {@code index}, and can agree at {@code hint} at most. Whether this
   * is about something that is still open.
   */
  public boolean refused(long index, long hint) {
    if (state instanceof Replicate) {
      if (index <= match) {
        return false;
      }
      becomeProbe();
      return true;
    }
    if (!(state instanceof Probe probe) || next - 1 != index) {
      return false;
    }
    next = Math.max(Math.min(index, hint + 1), match + 1);
    probe.resume();
    return true;
  }

  /** It answered a heartbeat; {@code logLast} is the leader's last index. */
  public void heartbeatAnswered(long logLast) {
    active = true;
    if (state instanceof Probe probe) {
      probe.resume();
    } else if (match < logLast) {
      // An append may be lost: an empty one behind it makes the member say so.
      pingDue = true;
    }
  }

  /** It answered a heartbeat of the confirmation round {@code round}, and so all earlier ones. */
  public void confirmed(long round) {
    confirmedRound = Math.max(confirmedRound, round);
  }

  /** The highest confirmation round that it answered. */
  public long confirmedRound() {
    return confirmedRound;
  }

  /** What was on the way is probably lost: begin again behind what it certainly has. */
  public void unreachable() {
    if (state instanceof Replicate) {
      becomeProbe();
    }
  }

  /**
   * The sending of a snapshot ended: probe behind it if it arrived, else behind what it has. Either
   * way not before the member is heard of again: its answer says more than a probe could, and a
   * sending that fails at once must not be tried again at once.
   */
  public void snapshotEnded(boolean arrived) {
    if (state instanceof Snapshot snapshot) {
      becomeProbe().sent();
      if (arrived) {
        next = Math.max(next, snapshot.pendingIndex() + 1);
      }
    }
  }

  /** The leader's own log is durable up to {@code index}. */
  public void persistedSelf(long index) {
    match = index;
    next = index + 1;
    active = true;
  }

  private Probe becomeProbe() {
    Probe probe = new Probe();
    state = probe;
    next = match + 1;
    sentCommit = Math.min(sentCommit, match);
    return probe;
  }

  private void becomeReplicate() {
    state = new Replicate(new Inflights(inflightMessagesMax, inflightBytesMax));
    next = match + 1;
  }

  @Override
  public String toString() {
    return id + ": match=" + match + " next=" + next + " " + state;
  }
}
